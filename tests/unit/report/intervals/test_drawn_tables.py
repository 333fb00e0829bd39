"""Verdicts in these languages, from counts per example."""

import json

import pytest

from tests.helpers.counts import counts_with, write_sweep
from tests.helpers.factories import table_words
from xtl.report import judge_sweep, read_redraws, sentence, verdict_record, verdict_table
from xtl.statistics import Rules, resampled_variance
from xtl.statistics.intervals import Scope


def flat(runs):
    return [line for lines in runs.values() for line in lines]


def test_counts_give_a_second_verdict_in_these_languages(tmp_path):
    runs = write_sweep(tmp_path)
    judged = judge_sweep(flat(runs), Rules(), read_redraws(runs))
    (judgement,) = judged.judgements
    before = judge_sweep(flat(runs), Rules()).judgements[0]
    assert sentence(judgement).startswith(sentence(before))  # the verdict proper stays
    gain = judgement.in_these_languages.points.evidence.gain.estimate
    assert gain.scope is Scope.THESE_LANGUAGES
    assert gain.value == pytest.approx(judgement.finding.points.evidence.gain.estimate.value)
    assert "in these languages alone: " in sentence(judgement)
    assert judgement.in_these_languages.logits.evidence.gain.estimate.scope is Scope.THESE_LANGUAGES
    record = json.loads(json.dumps(verdict_record(judged)))["findings"][0]
    assert record["in_these_languages"]["points"]["gain"]["scope"] == "in these languages"
    assert record["points"]["gain"]["scope"] == "in languages"
    assert "these" in table_words(verdict_table(judged.judgements))[1]


def test_the_variance_is_that_of_the_counts(tmp_path):
    runs = write_sweep(tmp_path, sizes=(0, 100))
    (judgement,) = judge_sweep(flat(runs), Rules(), read_redraws(runs)).judgements
    table = judgement.in_these_languages.points.evidence.table
    counts = [
        [counts_with(0.6 + 0.05 * step, seed=100 * seed + 10 * step).columns["right"] for step in (0, 1)]
        for seed in (1, 2, 3)
    ]
    stacked = [[[[right, 10] for right in cell] for cell in seed] for seed in counts]
    expected = resampled_variance(stacked, lambda sums: 100 * sums[..., 0] / sums[..., 1], [-1.0, 1.0])
    drawn = table.draws[:, :, 0, 1, 0] - table.draws[:, :, 0, 0, 0]
    assert drawn.mean(axis=1).var(ddof=1) == pytest.approx(expected)


def test_curves_with_cells_that_lack_counts_are_told(tmp_path):
    runs = write_sweep(tmp_path)
    folder = next(iter(runs))
    (folder / "counts" / "udpos" / "de.test.parquet").unlink()
    judged = judge_sweep(flat(runs), Rules(), read_redraws(runs))
    assert judged.judgements[0].in_these_languages is None
    (note,) = judged.notes
    assert note.endswith("on udpos after xnli epochs:2: 1 of 36 scores have no counts per example")
    assert verdict_record(judged)["findings"][0]["in_these_languages"] is None


def test_one_seed_has_no_words_on_these_languages(tmp_path):
    runs = write_sweep(tmp_path, seeds=(1,))
    (judgement,) = judge_sweep(flat(runs), Rules(), read_redraws(runs)).judgements
    assert "in these languages alone" not in sentence(judgement)
    assert "these" not in table_words(verdict_table([judgement]))[1]
