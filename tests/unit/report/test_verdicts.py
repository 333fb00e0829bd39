"""Verdicts of made-up sweeps whose truth is known."""

import json

import numpy as np
import pytest

from tests.helpers.factories import result, table_words
from xtl.report import judge_sweep, sentence, verdict_record, verdict_table
from xtl.statistics import Rules, Verdict

LANGS = ("de", "es", "fr", "hi", "ru", "sw", "tr", "zh", "ar")
SIZES = (100, 200, 400, 800, 1600, 3200)
SEEDS = (1, 2, 3, 4, 5)


def sweep(curve_of, *, seeds=SEEDS, sizes=SIZES, noise=0.3, baseline=True, **changed):
    """Results of a sweep: the baseline at 60, and the gain that a curve of each language gives."""
    rng = np.random.default_rng(7)
    lines = []
    for seed in seeds:
        for lang in ("en", *LANGS):
            level = 60 + 3 * LANGS.index(lang) if lang in LANGS else 95.0

            def line(value, lang=lang, seed=seed, **fields):
                metric = {"metric": "accuracy", "value": float(value), "lang": lang, "seed": seed}
                return result(**metric, **changed, **fields)

            if baseline:
                lines.append(line(level + rng.normal(0, noise)))
            for intermediate, curve in curve_of.items():
                lines += [
                    line(
                        level + curve(size) + rng.normal(0, noise),
                        intermediate_task="xnli", intermediate_lang=intermediate, intermediate_rows=size,
                        intermediate_budget="epochs:3",
                    )
                    for size in sizes
                ]  # fmt: skip
    return lines


def doublings(size):
    return np.log2(size / SIZES[0])


def verdicts(lines, rules=Rules(margin=0.5)):  # noqa: B008
    return {j.finding.lang: j.finding.points.verdict for j in judge_sweep(lines, rules).judgements}


def test_each_truth_is_found():
    found = verdicts(
        sweep(
            {
                "en": lambda size: 1 + 1.0 * doublings(size),
                "de": lambda size: 6 * (1 - 0.4 ** (doublings(size) + 1)),
                "sw": lambda size: -1.0 * doublings(size) - 1,
                "zh": lambda size: 0.0,
            }
        )
    )
    assert found == {
        "en": Verdict.NOT_DIMINISHING,
        "de": Verdict.DIMINISHING,
        "sw": Verdict.FALLS,
        "zh": Verdict.NO_EFFECT,
    }


def test_words_and_numbers_say_the_same():
    lines = sweep({"en": doublings, "de": lambda size: 4 * (1 - 0.3 ** (doublings(size) + 1))})
    judged = judge_sweep(lines, Rules())
    texts = {judgement.finding.lang: sentence(judgement) for judgement in judged.judgements}
    assert texts["de"].startswith("udpos after xnli in de: grows, diminishing (gain at 3,200 rows +")
    assert "levels off sooner than English" in texts["de"]
    record = json.loads(json.dumps(verdict_record(judged, notes=["a note"])))  # plain values only
    german = next(finding for finding in record["findings"] if finding["lang"] == "de")
    assert german["sentence"] == texts["de"]
    assert german["points"]["verdict"] == "grows, diminishing"
    gain = german["points"]["gain"]
    assert gain["low"] < gain["value"] < gain["high"]
    assert (gain["langs"], gain["seeds"], gain["sizes"]) == (list(LANGS), list(SEEDS), [0, 3200])
    assert record["notes"] == ["a note"]
    words = table_words(verdict_table(judged.judgements))
    assert any("grows, diminishing" in " ".join(row) for row in words)


def test_the_source_language_and_other_metrics_do_not_count():
    lines = sweep({"de": doublings})
    others = [result(metric="f1", value=0.0, lang=line.lang, seed=line.run.seed) for line in lines]
    assert verdicts([*lines, *others]) == verdicts(lines)
    (judgement,) = judge_sweep(lines, Rules()).judgements
    assert "en" not in judgement.finding.points.evidence.table.langs


def test_one_seed_is_undecided_and_says_so():
    judged = judge_sweep(sweep({"de": doublings}, seeds=(1,)), Rules())
    (judgement,) = judged.judgements
    assert judgement.finding.points.verdict is Verdict.UNDECIDED
    assert "no interval from one seed" in sentence(judgement)
    assert "one seed tells nothing of seeds" in sentence(judgement)


def test_three_noisy_seeds_say_how_many_more():
    judged = judge_sweep(sweep({"de": lambda size: 0.3}, seeds=(1, 2, 3), noise=3.0), Rules())
    (judgement,) = judged.judgements
    assert judgement.finding.points.verdict is Verdict.UNDECIDED
    assert judgement.finding.points.plan.reason in sentence(judgement)


def test_one_size_has_a_gain_but_no_shape():
    judged = judge_sweep(sweep({"de": lambda size: 5.0}, sizes=(100,)), Rules())
    (judgement,) = judged.judgements
    assert judgement.finding.points.verdict is Verdict.SHAPE_UNDECIDED


def test_without_a_baseline_there_is_no_gain_and_the_reason_is_told():
    judged = judge_sweep(sweep({"de": doublings}, baseline=False), Rules())
    (judgement,) = judged.judgements
    assert judgement.finding.points.verdict is Verdict.UNDECIDED
    assert "expected 0, the baseline" in sentence(judgement)


@pytest.mark.parametrize("changed", [{"recipe": "hu2020"}, {"device": "cuda"}, {"backbone": "xlmr_base"}])
def test_cells_of_other_settings_are_a_curve_of_their_own(changed):
    falling = sweep({"de": lambda size: -doublings(size) - 1}, **changed)
    judged = judge_sweep([*sweep({"de": doublings}), *falling], Rules())
    assert [j.finding.points.verdict for j in judged.judgements] == [Verdict.NOT_DIMINISHING, Verdict.FALLS]


def test_two_different_scores_of_one_cell_are_told_and_the_rest_is_judged():
    lines = sweep({"de": doublings})
    twice = sweep({"en": doublings}, recipe="hu2020")
    other = next(line for line in twice if line.lang == "de" and line.run.intermediate.rows)
    conflict = result(
        value=1.0, lang="de", seed=other.run.seed, recipe="hu2020", intermediate_task="xnli",
        intermediate_lang="en", intermediate_rows=other.run.intermediate.rows, intermediate_budget="epochs:3",
    )  # fmt: skip
    judged = judge_sweep([*lines, *twice, conflict], Rules())
    assert [j.finding.lang for j in judged.judgements] == ["de"]
    (problem,) = judged.problems
    assert "expected one score a cell" in problem
