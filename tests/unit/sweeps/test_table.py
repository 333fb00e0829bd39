"""The table of a sweep: cells whose source language fell, and that no error hides a failure."""

import errno

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import OmegaConf

from tests.helpers.cells import composed_cell
from tests.helpers.factories import result, table_text
from xtl import results
from xtl.config import conf_dir, dump, register
from xtl.runs.status import DONE, FAILED, CellStatus, write_status
from xtl.statistics import Rules
from xtl.statistics.rules import write_rules
from xtl.sweeps import table
from xtl.sweeps.flags import flags_of
from xtl.sweeps.table import SweepTable, sweep_table


def cell(folder, *, validation, rows=0, at_chance=None, seed=1, **settings):
    folder.mkdir(parents=True)
    line = result(
        intermediate_task="stsb", intermediate_lang="en", intermediate_rows=rows, seed=seed,
        intermediate_at_chance=at_chance, target_metric="accuracy", target_validation=validation, **settings,
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
    fell = "source validation fell (accuracy in en"
    assert flags_of(tmp_path, [*cells, tmp_path / "failed"]) == {
        tmp_path / "bad": f"{fell} -10.0)",
        tmp_path / "chance": "intermediate phase at chance",
        tmp_path / "both": f"{fell} -20.0); intermediate phase at chance",
    }


@pytest.mark.parametrize(
    "setting", [{"tuning": "lora"}, {"precision": "bf16-mixed"}, {"kernels": "torch"}, {"recipe": "hu2020"}]
)
def test_a_baseline_of_other_settings_says_nothing(tmp_path, setting):
    # Its own baseline is as low: neither is the encoder damaged nor does the other's hide that it is.
    first = {"tuning": "full", "precision": "32-true", "kernels": "xtl", "recipe": "small"}
    cells = [
        cell(tmp_path / "base", validation=90.0, **first),
        cell(tmp_path / "other-base", validation=70.0, **{**first, **setting}),
        cell(tmp_path / "other-good", validation=71.0, rows=100, **{**first, **setting}),
        cell(tmp_path / "bad", validation=85.0, rows=100, **first),
    ]
    for order in (cells, cells[::-1]):
        assert [path.name for path in flags_of(tmp_path, order)] == ["bad"]


def test_baselines_of_other_rates_are_told_apart_by_the_configs_of_their_runs(tmp_path):
    cells = []
    for rate, baseline, after in ((1e-5, 90.0, 89.9), (1e-4, 80.0, 80.2)):
        for rows, validation in ((0, baseline), (100, after)):
            folder = tmp_path / f"{rate}-{rows}"
            cells.append(cell(folder, validation=validation, rows=rows, cell=folder.name))
            config = composed_cell("target=pocket_pos", "backbone=tiny", f"target.recipe.lr={rate}")
            (folder / "config.yaml").write_text(dump(config))
    for order in (cells, cells[::-1]):
        assert flags_of(tmp_path, order) == {}
    results.write(cells[1] / results.FILE_NAME, [])  # the first rate's cell fails, the other's is damaged
    damaged = cell(tmp_path / "damaged", validation=70.0, rows=50, cell="damaged")
    (damaged / "config.yaml").write_text((cells[3] / "config.yaml").read_text())
    assert [path.name for path in flags_of(tmp_path, [*cells, damaged])] == ["damaged"]


def test_a_baseline_that_says_no_precision_stands_for_all(tmp_path):
    precisions = ["32-true", "bf16-mixed"]
    base = cell(tmp_path / "base", validation=90.0)
    cells = [cell(tmp_path / name, validation=80.0, rows=100, precision=name) for name in precisions]
    assert [path.name for path in flags_of(tmp_path, [base, *cells])] == precisions


def test_the_margin_is_that_of_the_sweep(tmp_path):
    cells = [cell(tmp_path / "base", validation=90.0), cell(tmp_path / "cell", validation=88.0, rows=100)]
    write_rules(tmp_path, Rules(margin=3.0))
    assert flags_of(tmp_path, cells) == {}


def test_without_the_baseline_nothing_is_said(tmp_path):
    assert flags_of(tmp_path, [cell(tmp_path / "cell", validation=10.0, rows=100)]) == {}


def test_flagged_cells_are_shown_however_many_there_are(tmp_path):
    cells = [(tmp_path / f"seed={number}", CellStatus(status=DONE, seconds=1.0)) for number in range(100)]
    cells.append((tmp_path / "broken", CellStatus(status=FAILED, seconds=1.0, error="no data")))
    text = table_text(sweep_table(tmp_path, cells, {tmp_path / "seed=7": "source validation fell"}))
    assert "done; source validation fell" in text
    assert "seed=7 " in text
    assert "seed=8 " not in text
    assert "failed: no data" in text


def sweep_of(folder, **settings):
    launcher = {"_target_": "hydra.BasicLauncher"}
    sweep = {"dry_run": False, "seeds_more": 0, "rules": {}, **settings}
    return OmegaConf.create({"hydra": {"sweep": {"dir": str(folder)}, "launcher": launcher}, "sweep": sweep})


def ended(folder):
    """Table of a sweep that has one failed cell and one whose intermediate phase was trained."""
    callback = SweepTable()
    callback._folder = folder
    write_status(cell(folder / "done", validation=80.0, rows=100), CellStatus(status=DONE, seconds=1.0))
    write_status(folder / "failed", CellStatus(status=FAILED, seconds=1.0))
    return callback


def test_flags_that_cannot_be_told_hide_no_ending(tmp_path, capsys, caplog):
    callback = ended(tmp_path)
    (tmp_path / "rules.json").write_text('{"margni": 1}')
    with pytest.raises(SystemExit, match="1"):
        callback.on_multirun_end(sweep_of(tmp_path))
    assert "2 cells: 1 done, 0 skipped, 1 failed" in capsys.readouterr().out
    assert "whether source languages fell is not said" in caplog.text
    assert "rules.json: expected a JSON object with margin" in caplog.text


def failing(*_args, **_settings):
    raise ValueError("nobody has thought of this")


@pytest.mark.parametrize("broken", ["read_statuses", "sweep_table", "plain_console"])
def test_a_sweep_of_which_no_table_can_be_made_does_not_end_well(tmp_path, monkeypatch, caplog, broken):
    callback = ended(tmp_path)
    monkeypatch.setattr(table, broken, failing)
    with pytest.raises(SystemExit, match="1"):
        callback.on_multirun_end(sweep_of(tmp_path))
    assert f"{tmp_path}: ValueError: nobody has thought of this" in caplog.text
    callback.print_after_stop()  # its exit status says that it was stopped


def test_a_dry_run_that_cannot_say_its_plan_does_not_end_well(tmp_path, monkeypatch):
    callback = SweepTable()
    callback._plans = [None]
    monkeypatch.setattr(table, "print_plans", failing)
    with pytest.raises(SystemExit, match="1"):
        callback.on_multirun_end(sweep_of(tmp_path, dry_run=True))


def begun(folder, *overrides):
    """Begin a sweep as Hydra does."""
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        grid = ("target=pocket_pos", "backbone=tiny", f"hydra.sweep.dir={folder}", *overrides)
        loader = GlobalHydra.instance().config_loader()
        SweepTable().on_multirun_start(loader.load_configuration("train", [*grid], RunMode.MULTIRUN))


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("work", "a file", "work/sweep"),
        ("work/sweep/rules.json", "{", "rules.json: expected a JSON object with margin"),
        ("work/sweep/rules.json/folder", "", "rules.json: expected a JSON object with margin"),
    ],
)
def test_a_sweep_without_a_plan_does_not_begin(tmp_path, monkeypatch, caplog, file, text, message):
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(text)
    monkeypatch.setattr(SweepTable, "running", None)
    with pytest.raises(SystemExit, match="1"):
        begun(tmp_path / "work/sweep")
    assert message in caplog.text
    assert SweepTable.running is None


def test_a_full_disk_stops_a_sweep_before_it_begins(tmp_path, monkeypatch, caplog):
    def no_room(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("xtl.statistics.rules.write_json", no_room)
    with pytest.raises(SystemExit, match="1"):
        begun(tmp_path)
    assert f"{tmp_path}: No space left on device; what could not be written whole" in caplog.text


def test_what_hydra_itself_says_of_a_grid_is_left_to_it(tmp_path, monkeypatch):
    monkeypatch.setattr(SweepTable, "running", None)
    monkeypatch.setattr(table, "planned_seeds", refusing)
    begun(tmp_path)


def refusing(*_):
    raise HydraException("no such grid")
