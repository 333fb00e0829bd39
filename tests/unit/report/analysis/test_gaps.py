"""What a sweep lacks is told: runs that failed or never ended, cells and languages without a score."""

import json
import math
from dataclasses import replace

from tests.helpers.curves import log_gain, sweep, write_runs
from xtl.report.analysis.gaps import grid_gaps, run_gaps
from xtl.report.analysis.panels import panels


def gaps(lines):
    return [(gap.what, gap.state, gap.detail) for gap in grid_gaps(panels(lines))]


def test_runs_that_failed_or_left_nothing(tmp_path):
    write_runs(tmp_path, sweep({"de": log_gain}, seeds=(1,)))
    for name, status in {"bad": "failed", "cut": "stopped", "fine": "done"}.items():
        (tmp_path / name).mkdir()
        values = {"status": status, "seconds": 1.0, "score": math.nan, "error": f"why {name}"}
        (tmp_path / name / "status.json").write_text(json.dumps(values))
    (tmp_path / "fine" / "results.jsonl").touch()
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "config.yaml").touch()
    (tmp_path / "half" / "status.json").write_text("{")
    (tmp_path / "waits" / "logs").mkdir(parents=True)  # as a launcher leaves a cell that has not begun
    (tmp_path / "waits" / "logs" / "config-0a.yaml").touch()
    found = [(gap.what, gap.state, gap.detail) for gap in run_gaps([tmp_path, tmp_path / "bad"])]
    assert found == [
        ("bad", "failed", "why bad"),
        ("cut", "stopped", "why cut"),
        ("half", "no results", "the cell did not end, or is still running"),
        ("waits", "no results", "the cell did not end, or is still running"),
    ]


def test_a_whole_grid_has_no_gaps():
    assert gaps(sweep({"en": log_gain, "de": log_gain}, tasks=("udpos", "uner"))) == []


def test_tasks_before_the_target_have_sizes_of_their_own():
    lines = sweep({"de": log_gain})
    fewer = [line for line in lines if line.run.trained_intermediate.rows not in (200, 800)]
    other = [replace(line, run=before(line.run, "sib200")) for line in fewer]
    assert gaps([*lines, *(line for line in other if line.run.trained_intermediate.rows)]) == []


def before(run, task):
    """The run with another intermediate task."""
    return replace(run, phases=(replace(run.phases[0], task=task), *run.phases[1:]))


def test_cells_and_sizes_of_the_crossed_design_that_are_missing():
    lines = [
        line
        for line in sweep({"en": log_gain, "de": log_gain})
        if (line.run.intermediate.lang, line.run.intermediate.rows) != ("de", 400)
        and (line.run.seed, line.run.intermediate.lang, line.run.intermediate.rows) != (2, "en", 200)
        and (line.run.seed, line.run.intermediate.rows) != (3, 0)
    ]
    assert gaps(lines) == [
        ("udpos: none", "missing", "seeds 3"),
        ("udpos: en, 200 rows", "missing", "seeds 2"),
        ("udpos: de", "missing", "sizes that other curves have: 400"),
    ]


def test_a_setting_without_any_number_is_named_as_it_is():
    lines = [
        replace(line, value=math.nan) if line.run.intermediate.rows else line
        for line in sweep({"de": log_gain}, seeds=(1,))
    ]
    named = {what for what, state, _ in gaps(lines) if state == "no score"}
    assert named == {f"udpos: stsb de, {rows} rows" for rows in (100, 200, 400, 800)}


def test_languages_and_numbers_that_are_missing():
    lines = []
    for line in sweep({"de": log_gain}):
        cell = (line.run.intermediate.rows, line.run.seed, line.lang)
        if cell == (200, 1, "hi"):
            continue
        lines.append(replace(line, value=math.nan) if cell == (400, 2, "zh") else line)
    assert gaps(lines) == [
        ("udpos: de, 400 rows", "no score", "zh, seed 2: the score is not a number"),
        ("udpos: de, 200 rows", "incomplete", "seed 1: hi; a seed counts only where it has all languages"),
        ("udpos: de, 400 rows", "incomplete", "seed 2: zh; a seed counts only where it has all languages"),
    ]


def test_a_missing_baseline():
    assert gaps(sweep({"de": log_gain}, baseline=False)) == [
        ("udpos: none", "missing", "no baseline, so no gain can be told")
    ]
