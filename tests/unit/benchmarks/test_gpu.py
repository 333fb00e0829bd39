"""The measurement of a GPU, without one: made rows, parts that go wrong, the comparison, the report."""

import io
import json
import sys

import pytest
from rich.console import Console

from tests.benchmarks.gpu import command
from tests.benchmarks.gpu.comparison import compared, comparisons
from tests.benchmarks.gpu.parts import all_parts
from tests.benchmarks.gpu.tables import print_report
from tests.benchmarks.processes import FAILED, OK, Outcome, Setting
from tests.benchmarks.workloads import (
    NUM_CLASSES,
    PAIRS,
    QUESTIONS,
    feature_of,
    pair_rows,
    question_rows,
    record_of,
    workload,
)
from tests.helpers.cells import composed_cell
from tests.helpers.device_cells import CELLS, SETTINGS
from xtl.tasks.registry import own_types

SIDE = {
    "updates": 600, "rows": 9600, "batch_size": 32, "tokens": 320_000, "precision": "bf16-mixed",
    "losses": [1.0, 0.5], "tokens_per_second": 100_000.0, "block_weights": 85_054_464, "peak_bytes": 2**31,
    "loss_margin": 0.15,
}  # fmt: skip


@pytest.mark.parametrize("device", ["cuda", "cpu"])
@pytest.mark.parametrize("kind", [PAIRS, QUESTIONS])
def test_rows_are_the_same_each_time_and_fit_the_encoder(kind, device):
    work = workload(kind, device, quick=True)
    rows = work.rows()
    assert rows == work.rows()
    assert len(rows) == work.batch_size * work.updates
    assert max(id_ for row in rows for id_ in row.input_ids) < work.used_rows <= work.shape.vocabulary
    assert max(len(row.input_ids) for row in rows) <= work.shape.positions - 2


def test_pairs_have_each_class_and_questions_an_answer_inside():
    pairs = pair_rows(300, used_rows=1000)
    assert {row.label for row in pairs} == set(range(NUM_CLASSES))
    for row in question_rows(30, used_rows=1000):
        assert len(row.input_ids) == 384
        assert [place for place, id_ in enumerate(row.input_ids) if id_ == 99] == [row.start]
        assert row.start < row.end < 383


def test_both_sides_get_the_same_row():
    row = question_rows(1, used_rows=1000)[0]
    feature, record = feature_of(row, 0, QUESTIONS), record_of(row, QUESTIONS)
    assert feature["input_ids"] == record["input_ids"]
    assert (feature["start"], feature["end"]) == (record["start_positions"], record["end_positions"])
    row = pair_rows(1, used_rows=1000)[0]
    assert feature_of(row, 0, PAIRS)["label"] == record_of(row, PAIRS)["labels"]


def test_each_task_type_has_a_cell():
    cells = [composed_cell(*settings, *SETTINGS) for settings in CELLS.values()]
    types = {phase.task_type for cell in cells for phase in (cell.intermediate, cell.target) if phase}
    assert types == set(own_types())


def test_a_comparison_has_rates_shares_and_memory():
    sides = {"xtl": SIDE, "transformers": SIDE | {"tokens_per_second": 40_000.0}}
    row = compared(sides, {"bf16-mixed": 500.0})
    assert (row["ratio"], row["problems"]) == (2.5, [])
    assert row["xtl"]["share_of_peak"] == pytest.approx(100_000 * 6 * 85_054_464 / 500e12)
    assert row["transformers"]["peak_gib"] == 2.0


def test_a_side_that_failed_leaves_the_other_one():
    (row,) = comparisons({"pairs-xtl": SIDE, "pairs-transformers": None, "peak": None})
    assert (row["transformers"], row["ratio"], row["xtl"]["share_of_peak"]) == (None, None, None)


def test_a_report_is_printed_whole():
    outcomes = {
        "machine": Outcome(status=OK, result={"name": "Card [1]", "gib": 80, "torch": "2.11.0"}),
        "peak": Outcome(status=OK, result={"tflops": {"bf16-mixed": 500.0}}),
        "pairs-xtl": Outcome(status=OK, result=SIDE),
        "pairs-transformers": Outcome(status=OK, result=SIDE | {"updates": 500}),
        "questions-xtl": Outcome(status=FAILED, error="out of memory"),
        "cells": Outcome(
            status=OK, result={"tests": [{"test": "test_a[bf16]", "outcome": "passed", "seconds": 1.0}]}
        ),
        "profile-pairs": Outcome(
            status=OK,
            result={"busy": 0.5, "operators": [{"name": "aten::mm", "share": 0.4, "calls": 9, "seconds": 1}]},
        ),
    }
    options = command._options(["--out", "x"])
    report = command.report_of(outcomes, options, seconds=7)
    assert report["problems"] == [
        "questions-xtl: failed: out of memory",
        "pairs: updates: expected the same on both sides, got 600 and 500",
    ]
    assert json.loads(json.dumps(report)) == report
    file = io.StringIO()
    print_report(report, Console(file=file, width=130))
    text = file.getvalue()
    for expected in ("Card [1], 80 GiB", "100,000", "test_a[bf16]", "aten::mm", "out of memory", "busy 50%"):
        assert expected in text


def test_the_command_runs_the_parts_that_are_named(tmp_path, monkeypatch, capsys):
    outcomes = {
        "machine": Outcome(status=OK, result={"name": "a"}),
        "peak": Outcome(status=FAILED, error="b"),
    }
    monkeypatch.setattr(command, "run_part", lambda part, *rest, **more: outcomes[part.name])
    monkeypatch.setattr(command, "context", lambda device: None)
    arguments = ["--device", "cpu", "--out", str(tmp_path), "--only"]
    assert command.main([*arguments, "machine"]) == 0
    assert command.main([*arguments, "machine", "peak"]) == 1
    assert list(json.loads((tmp_path / "gpu.json").read_text())["parts"]) == ["machine", "peak"]
    assert "peak: failed: b" in (tmp_path / "gpu.txt").read_text()
    assert command.main([*arguments, "nothing"]) == 2
    assert "got nothing" in capsys.readouterr().err


def test_all_parts_are_named_in_the_readme():
    path = command.Path(sys.modules[command.__name__].__file__).parents[2] / "gpu" / "README.md"
    text = path.read_text(encoding="utf-8")
    for part in all_parts(Setting(device="cuda", folder=path)):
        assert f"`{part.name}`" in text
