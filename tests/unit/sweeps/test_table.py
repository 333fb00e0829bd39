"""The table of a sweep: what it says of cells whose encoder is damaged."""

from tests.helpers.factories import result, table_text
from xtl import results
from xtl.runs.status import DONE, FAILED, CellStatus
from xtl.statistics import Rules
from xtl.statistics.rules import write_rules
from xtl.sweeps.table import flags_of, sweep_table


def cell(folder, *, validation, rows=0, at_chance=None, seed=1):
    folder.mkdir(parents=True)
    line = result(
        intermediate_task="stsb", intermediate_lang="en", intermediate_rows=rows, seed=seed,
        intermediate_at_chance=at_chance, target_metric="accuracy", target_validation=validation,
    )  # fmt: skip
    results.write(folder / results.FILE_NAME, [line])
    return folder


def test_cells_are_flagged_against_the_baseline_of_their_seed_whenever_it_finished(tmp_path):
    cells = [
        cell(tmp_path / "bad", validation=80.0, rows=100),
        cell(tmp_path / "good", validation=89.6, rows=100, seed=2),
        cell(tmp_path / "chance", validation=90.0, rows=50, at_chance=True),
        cell(tmp_path / "both", validation=70.0, rows=20, at_chance=True),
        cell(tmp_path / "base-1", validation=90.0),
        cell(tmp_path / "base-2", validation=90.0, seed=2),
    ]
    damaged = "encoder damaged: the effect is the recipe's (accuracy in en"
    assert flags_of(tmp_path, [*cells, tmp_path / "failed"]) == {
        tmp_path / "bad": f"{damaged} -10.0)",
        tmp_path / "chance": "intermediate phase at chance",
        tmp_path / "both": f"{damaged} -20.0); intermediate phase at chance",
    }


def test_the_margin_is_that_of_the_sweep(tmp_path):
    cells = [cell(tmp_path / "base", validation=90.0), cell(tmp_path / "cell", validation=88.0, rows=100)]
    write_rules(tmp_path, Rules(margin=3.0))
    assert flags_of(tmp_path, cells) == {}


def test_without_the_baseline_nothing_is_said(tmp_path):
    assert flags_of(tmp_path, [cell(tmp_path / "cell", validation=10.0, rows=100)]) == {}


def test_flagged_cells_are_shown_however_many_there_are(tmp_path):
    cells = [(tmp_path / f"seed={number}", CellStatus(status=DONE, seconds=1.0)) for number in range(100)]
    cells.append((tmp_path / "broken", CellStatus(status=FAILED, seconds=1.0, error="no data")))
    text = table_text(sweep_table(tmp_path, cells, {tmp_path / "seed=7": "encoder damaged"}))
    assert "done; encoder damaged" in text
    assert "seed=7 " in text
    assert "seed=8 " not in text
    assert "failed: no data" in text
