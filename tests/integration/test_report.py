"""The report command: it refuses to average runs of different data, and judges by rules written before."""

import csv
import json

import pandas
import pytest

from tests.helpers.counts import write_sweep
from tests.helpers.curves import log_gain, sweep, write_runs
from tests.helpers.factories import result
from xtl import results
from xtl.cli import report
from xtl.statistics import Rules
from xtl.statistics.rules import write_rules


@pytest.mark.parametrize("flags", [[], ["--xtreme"]])
def test_runs_of_different_test_sets_are_not_averaged(tmp_path, capsys, flags):
    for seed, content in enumerate("aab"):
        line = result(seed=seed, test_data=content, value=80.0 + seed)
        results.write(tmp_path / f"run{seed}" / "results.jsonl", [line])
    with pytest.raises(SystemExit, match="1"):
        report.main([str(tmp_path), *flags])
    error = capsys.readouterr().err.replace("\n", " ")
    assert "2 different contents of the test set of udpos in de" in error
    for seed in range(3):
        assert f"run{seed}" in error
    assert not (tmp_path / "scaling.png").exists()


@pytest.mark.parametrize("name", ["folder", "curves.jpg"])
def test_a_picture_of_no_format_is_refused_before_anything_is_made(tmp_path, capsys, name):
    results.write(tmp_path / "run" / "results.jsonl", [result()])
    with pytest.raises(SystemExit, match="1"):
        report.main([str(tmp_path), "--out", str(tmp_path / name)])
    assert "expected a file name with .png, .pdf, .svg at its end" in capsys.readouterr().err.replace(
        "\n", " "
    )
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_targets_with_training_sets_of_their_own_are_no_curve(tmp_path, capsys):
    for task, rows in (("udpos", 40), ("panx", 90)):
        line = result(task=task, train_task=task, train_rows=rows, metric="f1")
        results.write(tmp_path / task / "results.jsonl", [line])
    report.main([str(tmp_path)])
    assert "by rows of training data" not in capsys.readouterr().out
    assert (tmp_path / "scaling.png").exists()


def test_runs_of_one_test_set_are(tmp_path, capsys):
    for seed in range(2):
        results.write(tmp_path / f"run{seed}" / "results.jsonl", [result(seed=seed, test_data="a")])
    report.main([str(tmp_path)])
    assert (tmp_path / "scaling.png").exists()


def write_curve(folder, *, seeds=(1, 2, 3)):
    for seed in seeds:
        for rows in (0, 100, 200, 400):
            phase = {
                "intermediate_task": "xnli",
                "intermediate_lang": "de",
                "intermediate_budget": "epochs:2",
            }
            lines = [
                result(
                    seed=seed, lang=lang, value=50 + rows / 100 + seed / 10, intermediate_rows=rows,
                    **(phase if rows else {}),
                )
                for lang in ("es", "fr", "hi")
            ]  # fmt: skip
            results.write(folder / f"seed={seed},rows={rows}" / results.FILE_NAME, lines)


def test_verdicts_follow_the_rules_that_were_written_down(tmp_path, capsys):
    write_curve(tmp_path)
    write_rules(tmp_path, Rules(margin=0.25))
    write_rules(tmp_path, Rules(margin=9.0))  # the first ones count
    report.main([str(tmp_path)])
    out = capsys.readouterr().out
    assert "gains within 0.25 points are none" in out
    assert "udpos after xnli in de (epochs:2): grows" in out
    record = json.loads((tmp_path / "verdict.json").read_text())
    assert (record["rules"]["margin"], record["notes"]) == (0.25, [])
    report.main([str(tmp_path), "--margin", "2"])
    assert "changed after the cells ran: margin 2.0 in place of 0.25" in capsys.readouterr().out


def test_without_rules_the_defaults_are_named(tmp_path, capsys):
    write_curve(tmp_path)
    report.main([str(tmp_path)])
    assert "no rules were written down before the cells ran" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "rules", "message"),
    [
        (["--margin", "-1"], None, "--margin: "),
        ([], '{"margin": "wide"}', "rules.json: expected a JSON object with margin"),
        ([], "[]", "rules.json: expected a JSON object with margin"),
    ],
)
def test_rules_that_make_no_sense_are_refused(tmp_path, capsys, flags, rules, message):
    write_curve(tmp_path)
    if rules is not None:
        (tmp_path / "rules.json").write_text(rules)
    with pytest.raises(SystemExit) as stopped:
        report.main([str(tmp_path), *flags])
    assert stopped.value.code == 1
    assert message in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_all_scores_as_one_table(tmp_path, ending):
    for name in "ab":
        write_curve(tmp_path / name, seeds=(ord(name),))
    path = tmp_path / f"scores.{ending}"
    report.main([str(tmp_path / "a"), str(tmp_path / "b"), "--table", str(path)])
    table = pandas.read_csv(path) if ending == "csv" else pandas.read_parquet(path)
    assert len(table) == 2 * 4 * 3
    assert set(table.seed) == {ord("a"), ord("b")}
    assert json.loads((tmp_path / "a" / "verdict.json").read_text())["findings"][0]["points"]["gain"][
        "seeds"
    ] == [
        ord("a"),
        ord("b"),
    ]


def test_a_table_of_another_format_is_refused(tmp_path, capsys):
    write_curve(tmp_path)
    with pytest.raises(SystemExit):
        report.main([str(tmp_path), "--table", "scores.xlsx"])
    assert "expected a file name with .csv or .parquet at its end" in " ".join(
        capsys.readouterr().err.split()
    )


def test_the_command_writes_each_table_twice(tmp_path, capsys):
    write_sweep(tmp_path)
    report.main([str(tmp_path)])
    out = capsys.readouterr().out
    folder = tmp_path / "report" / "tables"
    assert sorted(path.name for path in folder.iterdir()) == [
        "intervals.csv", "languages-udpos.csv", "languages-udpos.tex", "scaling.csv", "scaling.tex",
        "verdicts.csv", "verdicts.tex",
    ]  # fmt: skip
    assert "3 seeds: mean ± half of the 95 % interval over seeds" in out
    assert "in these languages alone" in out
    with (folder / "languages-udpos.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4 * 4  # sizes; three languages and their mean
    assert {row["interval_kind"] for row in rows} == {"seeds"}
    assert all(float(row["low"]) < float(row["value"]) < float(row["high"]) for row in rows)
    assert {row["seeds"] for row in rows} == {"3"}
    assert all(row["rank"] for row in rows)
    with (folder / "intervals.csv").open() as file:
        assert {row["interval_kind"] for row in csv.DictReader(file)} == {"seeds", "examples"}
    before = {path: path.read_bytes() for path in folder.iterdir()}
    report.main([str(tmp_path)])
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_names_with_settings_leave_the_words_of_a_verdict_whole(tmp_path, capsys):
    for budget in ("epochs:3", "steps:360"):
        write_runs(tmp_path / budget[0], sweep({"de": log_gain}, noise=0.01, intermediate_budget=budget))
    report.main([str(tmp_path)])
    verdicts = capsys.readouterr().out.partition("Verdicts")[2]
    for budget in ("epochs:3", "steps:360"):
        assert f"after stsb [intermediate budget={budget}]" in verdicts
    rows = [line for line in verdicts.splitlines() if line.split()[:2] == ["udpos", "de"]]
    assert len(rows) == 2
    assert all(row.split()[-2:] == ["not", "diminishing"] or "grows," in row for row in rows)
