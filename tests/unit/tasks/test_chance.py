"""Chance: what each task scores that has learned nothing."""

import math

import pytest

from tests.helpers.tasks import TASK_OF_TYPE, built_task, composed_task
from xtl.data.splits import Split, Subset
from xtl.models import tiny
from xtl.tasks.base import Task
from xtl.tasks.chance import chance_of_correlation, chance_of_share
from xtl.types import ClassificationExample, MultipleChoiceExample, SpanQAExample, TaggingExample
from xtl.types.examples import Answer


def subset(task: str, examples) -> Subset:
    return Subset.first(Split(task=task, lang="en", name="validation", examples=list(examples)))


def chance(task: Task, examples):
    return task.chance([subset(task.name, examples)], tiny().tokenizer)


def classes(labels):
    return [
        ClassificationExample(uid=f"t/{n}", lang="en", first="a", second="b", label=label)
        for n, label in enumerate(labels)
    ]


def sentences(*rows: str):
    return [
        TaggingExample(uid=f"t/{n}", lang="en", words=tuple(row.split()), tags=tuple(row.split()))
        for n, row in enumerate(rows)
    ]


@pytest.mark.parametrize("score", [0.0, 5.0, 33.3, 50.0, 99.0])
@pytest.mark.parametrize("count", [1, 20, 1000, 10**6])
def test_the_bound_of_a_share_is_where_two_standard_errors_reach_back_to_it(score, count):
    """Wilson: the bound is the true share that lies two of its own standard errors above what was seen."""
    bound = chance_of_share(score, count).bound
    assert score < bound <= 100
    own_error = 100 * math.sqrt(bound / 100 * (1 - bound / 100) / count)
    assert bound - 2 * own_error == pytest.approx(score, abs=1e-9)


def test_more_examples_leave_less_to_luck():
    assert chance_of_share(50, 4000).bound < chance_of_share(50, 40).bound
    assert chance_of_correlation(4000).bound < chance_of_correlation(40).bound
    assert chance_of_correlation(1).bound == 100  # one pair says nothing


def test_classes_have_the_share_of_the_most_frequent_one():
    task = composed_task("pocket_nli")
    labels = [*["neutral"] * 5, *["entailment"] * 3, *["contradiction"] * 2]
    assert chance(task, classes(labels)) == chance_of_share(50.0, 10)


@pytest.mark.parametrize(
    ("metric", "score"), [("accuracy", 75.0), ("f1", 40.0), ("f1_macro", 100 * 2 * 0.75 / 1.75 / 2)]
)
def test_each_score_of_classes_has_its_own_best_constant(metric, score):
    task = composed_task("pocket_paraphrase", f"target.metrics=[{metric}]")
    assert chance(task, classes(["0", "0", "0", "1"])).score == pytest.approx(score)


def test_correlations_have_0():
    task = composed_task("stsb", "data=hub")
    assert chance(task, classes([0.5, 1.0, 4.0] * 27)) == chance_of_correlation(81)
    matthews = composed_task("pocket_paraphrase", "target.metrics=[matthews]")
    assert chance(matthews, classes(["0", "1"] * 50)) == chance_of_correlation(100)


def test_words_have_the_share_of_the_most_frequent_tag():
    task = composed_task("pocket_pos")
    assert chance(task, sentences("DET NOUN VERB", "DET NOUN NOUN")) == chance_of_share(50.0, 6)


def test_entities_have_next_to_nothing():
    """No entity anywhere scores 0, which no large share of words outside of entities may hide."""
    task = composed_task("pocket_ner")
    found = chance(task, sentences(*["O O O O B-PER I-PER O O"] * 60))
    assert found.score == 0
    assert 0 < found.bound < 10


def test_options_have_the_share_of_the_most_frequent_position():
    task = composed_task("pocket_choice")
    rows = [
        MultipleChoiceExample(
            uid=f"t/{n}", lang="en", context="c", question="q", options=("a", "b"), label=label
        )
        for n, label in enumerate([0, 1, 1, 1])
    ]
    assert chance(task, rows) == chance_of_share(75.0, 4)


def question(number, *, context="the red house", answer="red"):
    answers = (Answer(text=answer, start=context.index(answer)),) if answer else ()
    return SpanQAExample(uid=f"t/{number}", lang="en", context=context, question="q", answers=answers)


def test_answers_have_no_answer_or_the_whole_context():
    task = composed_task("pocket_qa", "target.metrics=[exact_match]")
    rows = [question(0), question(1, answer=""), question(2, answer=""), question(3)]
    assert chance(task, rows) == chance_of_share(50.0, 4)
    overlap = composed_task("pocket_qa", "target.metrics=[f1]")
    # "red house" without its article against "red": a precision of 1/2, a recall of 1
    assert chance(overlap, [question(0), question(1)]).score == pytest.approx(100 * 2 / 3)


def test_translations_have_one_hit():
    task = composed_task("pocket_retrieval")
    assert chance(task, range(200)) == chance_of_share(0.5, 200)


def test_hidden_tokens_have_the_share_of_the_most_frequent_one():
    task = composed_task("pocket_text")
    found = chance(task, task.source.examples("en", "validation")[:50])
    assert 5 < found.score < 30  # characters of English, the space or a vowel
    assert found.score < found.bound < found.score + 10


def test_a_mixture_has_the_mean_of_its_members():
    task = built_task("mixture")
    rows = {
        "pocket_pos": sentences("DET NOUN VERB", "DET NOUN NOUN"),
        "pocket_nli": classes(["neutral", "neutral", "entailment", "neutral"]),
    }
    found = task.chance([subset(name, examples) for name, examples in rows.items()], tiny().tokenizer)
    parts = chance_of_share(50.0, 6), chance_of_share(75.0, 4)
    assert found.score == 62.5
    assert found.bound == pytest.approx(sum(part.bound for part in parts) / 2)


@pytest.mark.parametrize("task_type", sorted(TASK_OF_TYPE))
def test_without_rows_nothing_is_known(task_type):
    assert built_task(task_type).chance([], tiny().tokenizer) is None


@pytest.mark.parametrize("task_type", sorted(set(TASK_OF_TYPE) - {"bitext_mining", "mixture"}))
def test_each_type_that_trains_knows_its_chance(task_type):
    task = built_task(task_type)
    lang = task.source.languages("validation")[0]
    found = chance(task, task.source.examples(lang, "validation"))
    assert 0 <= found.score < found.bound <= 100
