"""What holds for every meaning in every language."""

import math
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xtl import pocket
from xtl.errors import DataNotFoundError
from xtl.pocket import TASKS, examples, languages
from xtl.pocket.check import sentence_faults
from xtl.pocket.draw import draw
from xtl.pocket.grammar import LANGUAGES, available
from xtl.pocket.meaning import split_of
from xtl.pocket.relation import LABELS, facts, fits, relation
from xtl.pocket.rng import Rng
from xtl.pocket.showcase import table
from xtl.pocket.tasks import aligned, nli, paraphrase, story
from xtl.pocket.text import say
from xtl.types import SPLITS

SEEDS = st.integers(min_value=0, max_value=10**9)
SPLIT = st.sampled_from(SPLITS)
LANG = st.sampled_from(available())
FEW = settings(max_examples=60, deadline=None)


@FEW
@given(SEEDS, SPLIT, LANG)
def test_sentence_is_well_formed_in_every_language(seed, split, lang):
    meaning = draw(Rng(seed), split)
    sentence = say(meaning, lang)
    assert sentence_faults(meaning, sentence) == []
    for token, start in zip(sentence.tokens, sentence.starts, strict=True):
        assert sentence.text[start : start + len(token.form)] == token.form


@FEW
@given(SEEDS, SPLIT)
def test_every_clause_belongs_to_its_split(seed, split):
    meaning = draw(Rng(seed), split)
    assert split_of(meaning.clause) == split
    assert meaning.other is None or split_of(meaning.other) == split


@FEW
@given(SEEDS, LANG)
def test_entities_are_well_formed_and_the_same_in_every_language(seed, lang):
    def entities(code):
        tags = [token.entity for token in say(draw(Rng(seed), "train"), code).tokens]
        assert all(
            tag[0] != "I" or before[1:] == tag[1:] for before, tag in zip(["O", *tags], tags, strict=False)
        )
        return Counter(tag for tag in tags if tag[0] == "B")

    assert entities(lang) == entities("en")


@FEW
@given(SEEDS, SPLIT)
def test_nli_label_follows_from_the_meanings(seed, split):
    pair = nli.plan(Rng(seed), split)
    assert relation(pair.first, pair.second) == pair.label


@FEW
@given(SEEDS, SPLIT)
def test_paraphrase_label_follows_from_the_meanings(seed, split):
    first, second, label = paraphrase.plan(Rng(seed), split)
    both = relation(first, second) == relation(second, first) == "entailment"
    assert both == (label == "1")
    assert first != second


@FEW
@given(SEEDS, SPLIT, LANG)
def test_answer_stands_in_the_context(seed, split, lang):
    plan = story.plan_qa(Rng(seed), split)
    row = story.qa(plan, lang, "pocket_qa/test/0")
    assert 3 <= len(plan.meanings) <= 8
    for answer in row.answers:
        assert answer.text
        assert row.context[answer.start : answer.start + len(answer.text)] == answer.text
    told = [fact for meaning in plan.meanings for fact in facts(meaning)]
    answering = story._answering(told, plan.question.clause, plan.question.question)
    assert len(answering) == len(row.answers) == (plan.sentence is not None)


@FEW
@given(SEEDS, SPLIT, LANG)
def test_one_option_is_true(seed, split, lang):
    plan = story.plan_choice(Rng(seed), split)
    told = [fact for meaning in plan.meanings for fact in facts(meaning)]
    (_,) = story._answering(told, plan.question.clause, plan.question.question)
    assert plan.options[plan.label] == story._plain(plan.question.clause, plan.question.question)
    wrong = [option for number, option in enumerate(plan.options) if number != plan.label]
    assert not any(fits(fact, option) for fact in told for option in wrong if not fact.negative)
    assert len(set(story.choice(plan, lang, "pocket_choice/test/0").options)) == 4


@pytest.mark.parametrize("lang", available())
def test_near_duplicates_differ(lang):
    for number in range(25):
        group = aligned.group(0, "pocket_retrieval", "test", number)
        texts = {
            aligned.retrieval(plan, lang, "").text
            for plan in [aligned.plan_row(0, "test", 4 * number + i) for i in range(4)]
        }
        assert len(group) == len(texts) == 4


@pytest.mark.parametrize("lang", available())
def test_retrieval_sentences_are_nearly_all_different(lang):
    texts = [aligned.retrieval(aligned.plan_row(0, "test", row), lang, "").text for row in range(600)]
    assert len(set(texts)) >= 0.99 * len(texts)


@pytest.mark.parametrize("lang", languages("pocket_mining"))
def test_mining_gold_is_the_only_alignment(lang):
    (row,) = examples("pocket_mining", lang, split="test", size=200)
    assert len(row.text_of_id) == len(row.translation_of_id) == 200
    assert len(row.gold) == 100
    assert {one for one, _ in row.gold} <= set(row.text_of_id)
    assert len(set(row.text_of_id.values())) == 200


@pytest.mark.parametrize("task", [task for task in TASKS if task != "pocket_mining"])
def test_rows_are_aligned_nested_and_repeatable(task):
    by_lang = {lang: examples(task, lang, split="validation", size=20) for lang in languages(task)}
    uids = [f"{task}/validation/{row}" for row in range(20)]
    for lang, rows in by_lang.items():
        assert [row.uid for row in rows] == uids
        assert rows[:7] == examples(task, lang, split="validation", size=7)
        assert rows != examples(task, lang, split="validation", size=20, seed=1)
    labels = {tuple(getattr(row, "label", None) for row in rows) for rows in by_lang.values()}
    assert len(labels) == 1


@pytest.mark.parametrize("lang", available())
def test_splits_share_no_sentence(lang):
    texts = {split: {row.text for row in _lines(lang, split)} for split in SPLITS}
    assert not texts["train"] & texts["test"]
    assert not texts["train"] & texts["validation"]
    assert not texts["validation"] & texts["test"]


def _lines(lang, split):
    return [say(meaning, lang) for meaning in _meanings(split)]


@cache
def _meanings(split):
    return [draw(Rng("split", split, row), split) for row in range(1500)]


def test_hypothesis_alone_says_nothing():
    train = examples("pocket_nli", "en", split="train", size=4000)
    test = examples("pocket_nli", "en", split="test", size=2000)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in train:
        counts[row.label].update(set(row.second.lower().strip(".").split()))
    vocabulary = {word for counter in counts.values() for word in counter}

    def guess(row):
        words = set(row.second.lower().strip(".").split()) & vocabulary
        return max(LABELS, key=lambda label: sum(math.log(counts[label][word] + 1) for word in words))

    assert sum(guess(row) == row.label for row in test) / len(test) < 0.45
    assert min(Counter(row.label for row in test).values()) > 0.28 * len(test)


def test_choices_are_balanced():
    labels = Counter(row.label for row in examples("pocket_choice", "en", split="train", size=600))
    assert min(labels.values()) > 110


@pytest.mark.parametrize(
    ("task", "lang", "split"),
    [("pocket_pso", "en", "test"), ("pocket_pos", "xx", "test"), ("pocket_pos", "en", "tset")],
)
def test_unknown_names_are_refused(task, lang, split):
    with pytest.raises(DataNotFoundError):
        examples(task, lang, split=split, size=1)


def test_size_is_limited():
    with pytest.raises(ValueError, match="50,000"):
        examples("pocket_pos", "en", split="train", size=50_001)


def test_languages_are_listed_in_order():
    assert [lang for lang in LANGUAGES if lang in available()] == list(available())


@pytest.mark.slow
@pytest.mark.parametrize("lang", available())
def test_many_distinct_sentences(lang):
    sentences = [say(draw(Rng("many", row), "train"), lang) for row in range(30_000)]
    good = {sentence.text for sentence in sentences if 4 <= len(sentence.tokens) <= 25}
    assert len(good) >= 20_000


def test_readme_shows_the_ten_meanings_as_they_are_said():
    readme = Path(pocket.__file__).with_name("README.md").read_text(encoding="utf-8")
    assert table() in readme


@pytest.mark.parametrize("lang", available())
@pytest.mark.parametrize("task", ["pocket_nli", "pocket_paraphrase"])
def test_the_two_texts_of_a_pair_differ(task, lang):
    rows = examples(task, lang, split="train", size=400)
    assert not [row.uid for row in rows if row.first == row.second]
