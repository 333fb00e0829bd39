"""The report over damaged and incomplete sweeps: each flaw told in a line, the rest reported. No training."""

import json
import math

import pytest

from tests.helpers.sweeps import SIZES, lines_of_cell, write_sweep
from xtl import results
from xtl.cli import report
from xtl.statistics import Rules
from xtl.statistics.rules import write_rules

RUN = "seed=1,lang=de,rows=200"


def damage(folder, change):
    """Change the results of one run."""
    path = folder / RUN / results.FILE_NAME
    results.write(path, change(results.read(path)))


def cut_off(folder):
    path = folder / RUN / results.FILE_NAME
    path.write_bytes(path.read_bytes()[:-40])


def with_field(folder, **changed):
    lines = lines_of_cell(1, "de", 200, langs=("es",), **changed)
    damage(folder, lambda before: [*lines, *before[1:]])


def second_metric(folder):
    for path in folder.rglob(results.FILE_NAME):
        lines = results.read(path)
        values = [results.to_line(line) | {"metric": "f1", "value": 1.0} for line in lines]
        results.write(path, [*lines, *map(results.from_line, values)])


def without(folder, pattern):
    for run in folder.glob(pattern):
        (run / results.FILE_NAME).unlink()


@pytest.fixture(autouse=True)
def quick_figures(monkeypatch):
    """Figures beside the page are drawn, and not rendered in three formats: no flaw has to do with that."""
    monkeypatch.setattr("xtl.report.page.write.save", lambda figure, path: path.write_bytes(b"-"))


CASES = {
    "one seed": (
        lambda f: without(f, "seed=[23]*"),
        "udpos has one seed: no intervals over seeds, and so every verdict is undecided",
    ),
    "one size": (
        lambda f: [without(f, f"*rows={rows}") for rows in SIZES[2:]],
        "udpos after xnli in de, en: one size above 0, so a gain but no shape of the curve",
    ),
    "no baseline": (lambda f: without(f, "*rows=0"), "udpos has no baseline without intermediate data"),
    "other sizes": (
        lambda f: without(f, "*lang=de,rows=800"),
        "sizes differ between languages (de 100, 200, 400; en 100, 200, 400, 800)",
    ),
    "missing cell": (
        lambda f: without(f, RUN),
        "4 of 108 scores are missing (seed 1, 200 rows of de, in all languages)",
    ),
    "missing language": (
        lambda f: damage(f, lambda lines: lines[1:]),
        "1 of 108 scores are missing (seed 1, 200 rows of de, in es)",
    ),
    "NaN": (lambda f: with_field(f, value=math.nan), "accuracy of udpos in es: expected a number, got nan"),
    "no examples": (lambda f: with_field(f, n=0), "accuracy of udpos in es: expected scored examples, got 0"),
    "cut off": (cut_off, "results.jsonl:4: the last line is cut off and does not count; run that cell again"),
    "two metrics": (second_metric, "udpos has 2 metrics (accuracy, f1): curves and verdicts are of accuracy"),
    "two versions": (
        lambda f: with_field(f, version="0.2.0"),
        "results of 2 versions of xtl stand beside each other (0.1.0: 27 cells, 0.2.0: 1 cells)",
    ),
    "two recipes": (
        lambda f: write_sweep(f / "other", recipe="hu2020", level=90.0),
        "recipe differs ('hu2020', 'small'): told apart, never averaged",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_flaw_is_told_and_the_rest_is_reported(tmp_path, capsys, case):
    flaw, message = CASES[case]
    write_rules(write_sweep(tmp_path), Rules())
    flaw(tmp_path)
    report.main([str(tmp_path)])  # and no SystemExit
    out = capsys.readouterr().out
    assert [line.count(message) for line in out.splitlines() if message in line] == [1], out
    assert "udpos" in out
    record = json.loads((tmp_path / "verdict.json").read_text())
    assert any(message in note for note in record["notes"])
    assert {finding["lang"] for finding in record["findings"]} == {"de", "en"}
    for name in ("scaling.png", "report/index.html"):
        assert (tmp_path / name).stat().st_size


def test_a_complete_sweep_is_told_nothing(tmp_path):
    write_rules(write_sweep(tmp_path), Rules())
    report.main([str(tmp_path)])
    assert json.loads((tmp_path / "verdict.json").read_text())["notes"] == []


def test_recipes_beside_each_other_keep_their_own_numbers(tmp_path, capsys):
    write_sweep(tmp_path / "a")
    write_sweep(tmp_path / "b", recipe="hu2020", level=90.0)
    report.main([str(tmp_path / "a"), str(tmp_path / "b")])
    out = capsys.readouterr().out
    assert "udpos [recipe=small]: accuracy after xnli" in out
    assert "udpos [recipe=hu2020]: accuracy after xnli" in out
    findings = json.loads((tmp_path / "a" / "verdict.json").read_text())["findings"]
    assert len(findings) == 4
    assert all(finding["points"]["gain"]["value"] == pytest.approx(4, abs=0.5) for finding in findings)


@pytest.mark.parametrize("flags", [[], ["--power"], ["--export", "every_eval_ever"], ["--xtreme"]])
def test_no_results_is_an_error_in_one_line(tmp_path, capsys, flags):
    with pytest.raises(SystemExit) as stopped:
        report.main([str(tmp_path), *flags])
    assert stopped.value.code == 1
    assert "expected runs with results.jsonl, found none" in " ".join(capsys.readouterr().err.split())


def test_two_sweeps_are_compared(tmp_path, capsys):
    before, after = write_sweep(tmp_path / "a"), write_sweep(tmp_path / "b", level=51.0, recipe="hu2020")
    cut_off(after)
    report.main(["--compare", str(before), str(after)])
    out = capsys.readouterr().out
    assert "setting differs: recipe: small in A, hu2020 in B" in out
    assert "B: " in out
    assert "the last line is cut off" in out
    record = json.loads((after / "compare.json").read_text())
    assert len(record["differences"]) == 9
    assert all(row["difference"] == pytest.approx(1.0) for row in record["differences"])
    report.main(["--compare", str(before), str(after), "--out", str(tmp_path / "c")])
    assert (tmp_path / "c" / "compare.json").read_text() == (after / "compare.json").read_text()


@pytest.mark.parametrize("number", [1, 3])
def test_a_comparison_is_of_two_folders(tmp_path, capsys, number):
    folders = [str(write_sweep(tmp_path / str(index), seeds=(1,))) for index in range(number)]
    with pytest.raises(SystemExit):
        report.main(["--compare", *folders])
    assert f"expected two folders, A and B, got {number}" in " ".join(capsys.readouterr().err.split())


def test_a_pilot_says_what_the_questions_need(tmp_path, capsys):
    write_sweep(tmp_path, noise=1.0)
    report.main([str(tmp_path), "--power", "--margin", "1"])
    out = capsys.readouterr().out
    assert "What each question needs, after xnli" in out
    assert "±1" in out
    record = json.loads((tmp_path / "power.json").read_text())
    assert {question["aim"] for question in record["questions"]} == {
        "gain",
        "no effect",
        "curvature",
        "against English",
    }
    assert len(record["grids"]) == 4


def test_a_pilot_that_cannot_plan_says_why(tmp_path, capsys):
    write_sweep(tmp_path, seeds=(1,))
    report.main([str(tmp_path), "--power"])
    assert "not planned: udpos after xnli in de: one seed tells nothing of seeds" in capsys.readouterr().out


def test_every_run_is_exported_once(tmp_path):
    write_sweep(tmp_path)
    for _ in range(2):
        report.main([str(tmp_path), "--export", "every_eval_ever"])
    files = list((tmp_path / "every_eval_ever").rglob("*.json"))
    assert len(files) == 27
    assert json.loads(files[0].read_text())["schema_version"] == "0.3.0"
