"""Cells that differ in what their lines do not say: rows of their own, by the configs of their folders."""

import json

import pytest

from tests.helpers.counts import counts_with
from tests.helpers.counts import write_run as write_counted_run
from tests.helpers.factories import result
from xtl import results
from xtl.cli import report
from xtl.errors import DataFormatError
from xtl.report.reading import read_scores, rules_of
from xtl.results.damage import paired_changes, source_changes
from xtl.statistics import Rules
from xtl.statistics.rules import SweepPlan, TargetPlan, write_rules

PHASE = {"intermediate_task": "stsb", "intermediate_lang": "en", "intermediate_rows": 50}


def write_run(folder, text, **changed):
    lines = [result(lang=lang, cell=folder.name, **changed) for lang in ("de", "fr")]
    results.write(folder / results.FILE_NAME, lines)
    if text is not None:
        (folder / "config.yaml").write_text(text)


def test_rates_of_a_target_are_rows_of_their_own(tmp_path):
    for seed in (1, 2):
        for rate in ("1e-05", "0.01"):
            text = f"target: {{recipe: {{lr: {rate}}}, langs: [de]}}\ntrainer: {{threads: {seed}}}\n"
            write_run(tmp_path / f"{seed}-{rate}", text, seed=seed, value=float(rate) * 100)
    scores = read_scores([tmp_path])
    values = {}
    for line in scores.results:
        values.setdefault(line.task, set()).add(line.value)
    assert values == {"udpos [recipe.lr=1e-05]": {0.001}, "udpos [recipe.lr=0.01]": {1.0}}
    assert scores.notes == (
        "target.recipe.lr differs, by the configs of the cells: told apart, never averaged",
    )


def test_rates_of_an_intermediate_phase_share_their_baseline(tmp_path):
    write_run(tmp_path / "none", "intermediate: {recipe: {lr: 0.1}}\n", seed=1)
    for rate in (0.1, 0.2):
        write_run(tmp_path / str(rate), f"intermediate: {{recipe: {{lr: {rate}}}}}\n", seed=1, **PHASE)
    found = read_scores([tmp_path]).results
    names = {(line.task, line.run.trained_intermediate.task) for line in found}
    assert names == {("udpos", ""), ("udpos", "stsb [recipe.lr=0.1]"), ("udpos", "stsb [recipe.lr=0.2]")}


def test_a_sweep_over_rates_is_held_against_its_plan(tmp_path):
    planned = TargetPlan(metric="accuracy", selections=(), budgets=("epochs:9",))
    write_rules(tmp_path, Rules(), SweepPlan(seeds=(1,), targets={"udpos": planned}, intermediates={}))
    for rate in (0.1, 0.2):
        write_run(tmp_path / str(rate), f"target: {{recipe: {{lr: {rate}}}}}\n", seed=1)
    scores = read_scores([tmp_path])
    assert {line.task for line in scores.results} == {"udpos [recipe.lr=0.1]", "udpos [recipe.lr=0.2]"}
    _, notes = rules_of([tmp_path], margin=None, runs=scores.runs)
    assert [note.partition(" in place of ")[2] for note in notes] == ["epochs:9"]


def test_counts_of_runs_are_read_whatever_tells_their_rates_apart(tmp_path, capsys):
    for rate in (0.1, 0.2):
        folder = tmp_path / str(rate)
        write_counted_run(folder, {"de": counts_with(0.5 + rate)}, seed=1, cell=folder.name)
        (folder / "config.yaml").write_text(f"target: {{recipe: {{lr: {rate}}}}}\n")
    report.main([str(tmp_path)])
    printed = capsys.readouterr().out
    assert "no interval over examples" not in printed
    intervals = (tmp_path / "report" / "tables" / "intervals.csv").read_text().splitlines()
    assert [
        sum("examples" in line and f"recipe.lr={rate}]" in line for line in intervals) > 0
        for rate in (0.1, 0.2)
    ]


@pytest.mark.parametrize("text", [None, "target: [", "3", "target: {recipe: {lr: 1}}\n"])
def test_without_a_config_that_says_it_all_stays(tmp_path, text):
    for name in "ab":
        write_run(tmp_path / name, text, seed=1)
    scores = read_scores([tmp_path])
    assert ({line.task for line in scores.results}, scores.notes) == ({"udpos"}, ())


def test_what_harms_is_not_hidden_by_a_cell_that_does_not():
    baseline = result(seed=1, target_metric="accuracy", target_validation=90.0)
    cells = [
        result(seed=1, cell=name, target_metric="accuracy", target_validation=value, **PHASE)
        for name, value in (("a", 91.0), ("b", 80.0), ("c", 90.0))
    ]
    lines = [baseline, *cells]
    assert [change for _, change in paired_changes(lines)] == [1.0, -10.0, 0.0]
    (change,) = source_changes(lines)
    assert change.by_seed == {1: -10.0}


def test_two_sweeps_are_compared_by_the_settings_in_which_one_of_them_differs(tmp_path, capsys):
    for seed in (1, 2, 3):
        for name, rate in (("a", 0.1), ("a", 0.2), ("b", 0.1)):
            text = f"target: {{recipe: {{lr: {rate}}}}}\n"
            write_run(tmp_path / name / f"{seed}-{rate}", text, seed=seed, value=60 + seed + 100 * rate)
    report.main([str(tmp_path / "a"), str(tmp_path / "b"), "--compare"])
    printed = capsys.readouterr().out
    (difference,) = json.loads((tmp_path / "b" / "compare.json").read_text())["differences"]
    assert difference["task"] == "udpos [recipe.lr=0.1]"
    assert difference["difference"] == 0
    assert "only in A: udpos [recipe.lr=0.2]" in printed


def test_a_setting_in_which_two_sweeps_differ_is_named(tmp_path, capsys):
    for seed in (1, 2):
        for name, rate in (("a", 5e-05), ("b", 0.0005)):
            text = f"target: {{recipe: {{lr: {rate}}}}}\ntrainer: {{threads: {seed}}}\n"
            write_run(tmp_path / name / f"{seed}-{name}", text, seed=seed, value=60 + seed + 1000 * rate)
    report.main([str(tmp_path / "a"), str(tmp_path / "b"), "--compare"])
    assert "- setting differs: target.recipe.lr: 5e-05 in A, 0.0005 in B" in capsys.readouterr().out
    written = json.loads((tmp_path / "b" / "compare.json").read_text())
    assert written["settings"] == {"target.recipe.lr": {"A": ["5e-05"], "B": ["0.0005"]}}
    (difference,) = written["differences"]
    assert (difference["task"], difference["difference"]) == ("udpos", pytest.approx(0.45))


def test_averages_of_the_benchmark_are_of_one_rate(tmp_path, capsys):
    for seed in (1, 2):
        for rate, value in (("0.01", 60.0), ("1e-05", 70.0)):
            text = f"target: {{recipe: {{lr: {rate}}}}}\nintermediate: {{recipe: {{lr: {rate}}}}}\n"
            write_run(tmp_path / f"{seed}-{rate}", text, seed=seed, value=value + seed, metric="f1")
    write_run(tmp_path / "other", "target: {recipe: {lr: 3}}\n", seed=1, task="stsb", metric="spearman")
    report.main([str(tmp_path), "--xtreme"])
    printed = capsys.readouterr().out.split("As XTREME's")
    assert "target.recipe.lr=0.01" in printed[0]
    assert "61.5*" in printed[0]
    assert "target.recipe.lr=1e-05" in printed[1]
    assert "71.5*" in printed[1]
    assert "intermediate" not in "".join(printed)  # there is none
    assert (tmp_path / "report" / "tables" / "xtreme-2.csv").is_file()


def test_rates_are_told_apart_where_older_lines_do_not_say_the_kernels(tmp_path):
    for rate, kernels in ((0.1, ""), (0.2, "xtl")):
        text = f"target: {{recipe: {{lr: {rate}}}}}\n"
        write_run(tmp_path / str(rate), text, seed=1, value=100 * rate, kernels=kernels)
    tasks = {line.task: line.value for line in read_scores([tmp_path]).results}
    assert tasks == {"udpos [recipe.lr=0.1]": 10.0, "udpos [recipe.lr=0.2]": 20.0}


def test_other_kernels_are_another_setting_and_no_second_value(tmp_path):
    for kernels, value in (("torch", 10.0), ("xtl", 20.0)):
        write_run(tmp_path / kernels, None, seed=1, value=value, kernels=kernels)
    assert {line.value for line in read_scores([tmp_path]).results} == {10.0, 20.0}
    write_run(tmp_path / "older", None, seed=1, value=30.0, kernels="")
    with pytest.raises(DataFormatError, match="expected one value of accuracy"):
        read_scores([tmp_path])
