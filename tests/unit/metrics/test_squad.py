"""Scores of answers, beside the official scripts' own numbers."""

import pytest

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
