"""Scores of answers, beside the official scripts' own numbers."""

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from xtl.metrics import SquadScore
from xtl.metrics.functional import answer_scores, score_answers
from xtl.metrics.functional.squad import normalized_mlqa, normalized_squad


@pytest.mark.parametrize("rules", ["squad", "mlqa"])
def test_every_official_case(golden, rules):
    cases = golden("squad_v1" if rules == "squad" else "mlqa")["cases"]
    assert len(cases) > 50
    for case in cases:
        expected, lang = case["expected"], case["lang"]
        found = answer_scores(case["prediction"], case["golds"], lang=lang, rules=rules)
        assert found == pytest.approx((expected["exact_match"], expected["f1"]), abs=1e-9), case["id"]
        texts = [case["prediction"], *case["golds"]]
        normalized = [
            normalized_squad(one) if rules == "squad" else normalized_mlqa(one, lang) for one in texts
        ]
        assert normalized == [expected["normalized_prediction"], *expected["normalized_golds"]], case["id"]


@pytest.mark.parametrize("rules", ["squad", "mlqa"])
def test_every_official_corpus(golden, rules):
    content = golden("squad_v1" if rules == "squad" else "mlqa")
    by_id = {case["id"]: case for case in content["cases"]}
    assert content["corpora"]
    for corpus in content["corpora"]:
        cases = [by_id[id_] for id_ in corpus["case_ids"]]
        unanswered = set(corpus["unanswered_ids"])
        # Officially an unanswered question counts 0, even where the gold answer normalises to nothing.
        given = [("\x00" if case["id"] in unanswered else case["prediction"]) for case in cases]
        golds = [case["golds"] for case in cases]
        twins = {name: SquadScore(name, rules=rules) for name in ("exact_match", "f1")}
        for name, twin in twins.items():
            (lang, *more) = {case["lang"] for case in cases}
            if not more or rules == "squad":
                value = score_answers(name, given, golds, lang=lang, rules=rules)
                assert value == pytest.approx(corpus["expected"][name], abs=1e-9), corpus["id"]
            twin.update(given[:7], golds[:7], [case["lang"] for case in cases[:7]])
            twin.update(given[7:], golds[7:], [case["lang"] for case in cases[7:]])
            assert float(twin.compute()) == pytest.approx(corpus["expected"][name], abs=1e-9), corpus["id"]


def test_a_question_without_an_answer_wants_none():
    assert answer_scores("", [], lang="en") == (100.0, 100.0)
    assert answer_scores("a dog", [], lang="en") == (0.0, 0.0)
    assert answer_scores("the", [], lang="en") == (100.0, 100.0)  # nothing is left of it
    assert answer_scores("", ["dog"], lang="en") == (0.0, 0.0)


def squad2_scores(predicted, golds):
    """SQuAD v2's rules, written down from its script: exact match and F1 of one question, in [0, 1]."""
    golds = [gold for gold in map(normalized_squad, golds) if gold] or [""]
    answer = normalized_squad(predicted)

    def f1(gold):
        words, gold_words = answer.split(), gold.split()
        if not words or not gold_words:
            return int(words == gold_words)
        shared = sum((Counter(words) & Counter(gold_words)).values())
        precision, recall = shared / len(words), shared / len(gold_words)
        return 2 * precision * recall / (precision + recall) if shared else 0

    return max(int(answer == gold) for gold in golds), max(map(f1, golds))


TEXTS = st.sampled_from(["", " ", "the", "The.", "...", "dog", "a dog", "big dog", "cat"])


@given(TEXTS, st.lists(TEXTS, max_size=3))
def test_rules_of_squad_2_where_questions_need_not_have_an_answer(predicted, golds):
    expected = [100 * score for score in squad2_scores(predicted, golds)]
    assert answer_scores(predicted, golds, lang="en", unanswerable=True) == pytest.approx(expected)
    for name, value in zip(("exact_match", "f1"), expected, strict=True):
        twin = SquadScore(name, unanswerable=True)
        twin.update([predicted], [golds], ["en"])
        assert float(twin.compute()) == pytest.approx(value)
        found = score_answers(name, [predicted], [golds], lang="en", unanswerable=True)
        assert found == pytest.approx(value)


def test_what_normalises_to_nothing_is_scored_by_the_rules_of_the_task():
    # v1.1: the texts agree, but share no word. v2: both sides have no word, which is right.
    assert answer_scores("the", ["The."], lang="en") == (100.0, 0.0)
    assert answer_scores("the", ["The."], lang="en", unanswerable=True) == (100.0, 100.0)
    assert answer_scores("", ["the", "dog"], lang="en") == (100.0, 0.0)
    assert answer_scores("", ["the", "dog"], lang="en", unanswerable=True) == (0.0, 0.0)


def test_languages_rules_and_names_that_are_not_known():
    with pytest.raises(
        ValueError, match=r"expected a language of MLQA \(en, es, de, vi, ar, hi, zh\), got 'ru'"
    ):
        answer_scores("a", ["a"], lang="ru", rules="mlqa")
    with pytest.raises(ValueError, match="expected rules of squad, mlqa, got 'tydi'"):
        answer_scores("a", ["a"], lang="ru", rules="tydi")
    with pytest.raises(ValueError, match="expected one of exact_match, f1, got 'em'"):
        score_answers("em", [], [], lang="en")
    with pytest.raises(ValueError, match="expected one of exact_match, f1, got 'em'"):
        SquadScore("em")
    with pytest.raises(ValueError, match="one answer for each of 1 questions, got 2"):
        score_answers("f1", ["a", "b"], [["a"]], lang="en")


def test_a_text_in_place_of_accepted_answers_is_refused():
    for score in (
        lambda: score_answers("f1", ["Ulm"], ["Ulm"], lang="de"),
        lambda: SquadScore("f1").update(["Ulm"], ["Ulm"], ["de"]),
    ):
        with pytest.raises(ValueError, match=r"golds: expected a list of accepted .* got the text 'Ulm'"):
            score()


def test_a_module_in_half_precision_does_not_round_the_sum():
    metric = SquadScore("f1").to(torch.bfloat16)
    for _ in range(1_000):
        metric.update(["the river"], [["the river", "river Po"]], ["en"])
    assert float(metric.compute()) == 100.0
    metric.reset()
    metric.update(["a b c"], [["b"]], ["en"])
    assert float(metric.compute()) == pytest.approx(score_answers("f1", ["a b c"], [["b"]], lang="en"))


def test_rules_that_are_not_known_are_refused_at_once():
    with pytest.raises(ValueError, match="rules: expected one of squad, mlqa, got 'tydi'"):
        SquadScore("f1", rules="tydi")
