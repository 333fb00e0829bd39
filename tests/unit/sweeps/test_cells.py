"""How a cell of a sweep ends is known, also where the disk has no room to write it down."""

import errno
import json
import math
import os
from pathlib import Path

import pytest
from hydra.errors import MissingConfigException

from xtl.runs.claim import CLAIM_FILE
from xtl.runs.status import CellStatus, read_status, stamps_of, write_status
from xtl.stops import Stopped
from xtl.store.lease import Lease
from xtl.sweeps import cells
from xtl.sweeps.cells import is_left, prepare_recorded, record, run_alone, run_recorded
from xtl.sweeps.endings import read_statuses


def failing():
    raise ValueError("no such language\nin this file")


def stopped():
    raise Stopped(15)


def no_room(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def ran(folder, run):
    folder.mkdir(parents=True, exist_ok=True)
    return run_recorded(folder, lambda: False, run)


def endings(folder):
    return {path.name: (status.status, status.error) for path, status in read_statuses(folder, before={})}


def test_each_ending_is_written(tmp_path):
    assert ran(tmp_path / "a", lambda: 5.0) == 5.0
    assert math.isnan(ran(tmp_path / "b", failing))
    with pytest.raises(Stopped):
        ran(tmp_path / "c", stopped)
    assert endings(tmp_path) == {
        "a": ("done", ""),
        "b": ("failed", "no such language"),
        "c": ("stopped", "stopped by SIGTERM"),
    }
    assert "ValueError" in (tmp_path / "b/error.txt").read_text()


def test_a_choice_without_a_file_is_no_full_disk(tmp_path, caplog):
    def misspelled():
        raise MissingConfigException("Could not find 'target/pnax'")

    ran(tmp_path / "a", misspelled)
    assert endings(tmp_path) == {"a": ("failed", "Could not find 'target/pnax'")}
    assert "Free space" not in caplog.text


def test_a_cell_that_was_done_gives_its_score_again(tmp_path):
    assert ran(tmp_path / "a", lambda: 5.0) == 5.0
    for _ in range(2):
        assert run_recorded(tmp_path / "a", lambda: True, failing) == 5.0
        assert read_status(tmp_path / "a/status.json").score == 5.0
    assert prepare_recorded(tmp_path / "a", lambda: None) is None
    assert read_status(tmp_path / "a/status.json") == CellStatus(status="skipped", seconds=0.0, score=5.0)
    (tmp_path / "b").mkdir()  # such as one of an older version, or copied without its status
    assert math.isnan(run_recorded(tmp_path / "b", lambda: True, failing))


def test_no_score_is_null_in_the_file(tmp_path):
    write_status(tmp_path, CellStatus(status="failed", seconds=1.0))
    text = (tmp_path / "status.json").read_text()
    assert json.loads(text, parse_constant=pytest.fail)["score"] is None
    assert math.isnan(read_status(tmp_path / "status.json").score)


def test_a_cell_that_another_process_runs_is_left_to_it(tmp_path):
    (tmp_path / "a").mkdir()
    with Lease(tmp_path / "a" / CLAIM_FILE).held():
        assert math.isnan(ran(tmp_path / "a", lambda: 5.0))
        assert not (tmp_path / "a/status.json").exists()  # which is the other one's to write
        assert is_left(tmp_path / "a")
    ((status, error),) = endings(tmp_path).values()
    assert status == "left"
    assert f"process {os.getpid()} on" in error
    write_status(tmp_path / "a", CellStatus(status="done", seconds=1.0))  # the other one's
    assert endings(tmp_path) == {"a": ("done", "")}
    assert ran(tmp_path / "a", lambda: 5.0) == 5.0
    assert not is_left(tmp_path / "a")


def test_what_a_sweep_says_of_a_cell_that_another_process_runs_stays_out_of_its_folder(tmp_path):
    with Lease(tmp_path / CLAIM_FILE).held():
        record(tmp_path, CellStatus(status="failed", seconds=1.0))
    assert list(tmp_path.iterdir()) == []
    assert endings(tmp_path)[tmp_path.name] == ("failed", "")


def test_a_cell_that_another_process_has_run_meanwhile_is_not_run_again(tmp_path):
    looks = iter([False, True])

    def is_done():
        (tmp_path / "a").mkdir(exist_ok=True)
        answer = next(looks)
        if not answer:  # and now another one writes
            (tmp_path / "a/results.jsonl").write_text("{}\n")
        return answer

    assert math.isnan(run_recorded(tmp_path / "a", is_done, failing))
    assert endings(tmp_path) == {"a": ("skipped", "")}


def test_how_a_cell_ended_is_written_before_another_process_can_have_its_folder(tmp_path, monkeypatch):
    claimed = []
    monkeypatch.setattr(
        cells, "write_status", lambda folder, _: claimed.append((folder / CLAIM_FILE).exists())
    )
    ran(tmp_path, lambda: 5.0)
    assert claimed == [True]


@pytest.mark.parametrize(
    "look",
    [
        lambda folder: run_recorded(folder, lambda: True, failing),
        lambda folder: prepare_recorded(folder, lambda: None),
    ],
)
def test_a_cell_whose_process_has_not_yet_said_how_it_ended_is_left_to_it(tmp_path, look):
    with Lease(tmp_path / CLAIM_FILE).held():
        look(tmp_path)
        assert is_left(tmp_path)
        write_status(tmp_path, CellStatus(status="done", seconds=9.0, score=2.0))
        look(tmp_path)
        assert read_status(tmp_path / "status.json").score == 2.0


def test_whether_a_cell_is_done_is_asked_once_where_nobody_writes(tmp_path):
    (tmp_path / "results.jsonl").write_text("{}\n")
    asked = []
    run_recorded(tmp_path, lambda: bool(asked.append(1)), lambda: 5.0)
    assert asked == [1]


def test_an_error_that_cannot_be_written_leaves_none_of_an_earlier_start(tmp_path, monkeypatch):
    ran(tmp_path / "a", failing)
    assert (tmp_path / "a/error.txt").exists()
    monkeypatch.setattr(cells, "write_text", no_room)
    ran(tmp_path / "a", failing)
    assert not (tmp_path / "a/error.txt").exists()


def test_a_full_disk_stops_no_other_cell_and_hides_no_failure(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(cells, "write_text", no_room)
    monkeypatch.setattr(cells, "write_status", no_room)
    assert math.isnan(ran(tmp_path / "a", failing))
    assert ran(tmp_path / "b", lambda: 5.0) == 5.0
    assert "error.txt could not be written (No space left on device)" in caplog.text
    assert "status.json could not be written (No space left on device)" in caplog.text
    assert endings(tmp_path) == {"a": ("failed", "no such language"), "b": ("done", "")}
    monkeypatch.undo()
    ran(tmp_path / "a", lambda: 5.0)  # room was made
    assert json.loads((tmp_path / "a/status.json").read_text())["status"] == "done"
    assert endings(tmp_path)["a"] == ("done", "")


def test_an_error_of_the_file_system_names_the_folder(tmp_path, caplog):
    ran(tmp_path / "a", no_room)
    assert f"{tmp_path / 'a'}: No space left on device; what could not be written whole" in caplog.text
    assert endings(tmp_path)["a"][1].startswith(f"{tmp_path / 'a'}: No space left on device")


def test_statuses_of_another_sweep_are_not_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(cells, "_unwritten", {tmp_path / "x/a": CellStatus(status="failed", seconds=1.0)})
    assert endings(tmp_path / "y") == {}
    assert endings(tmp_path / "x") == {"a": ("failed", "")}


def test_a_cell_alone_writes_a_status_only_where_it_was_stopped(tmp_path):
    assert run_alone(tmp_path, lambda: 5.0) == 5.0
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(Stopped):
        run_alone(tmp_path, stopped)
    assert json.loads((tmp_path / "status.json").read_text())["status"] == "stopped"


@pytest.mark.parametrize("seconds", [-5, 5])
def test_statuses_of_an_earlier_start_are_told_without_a_clock(tmp_path, seconds):
    """That of a file server may be behind, or ahead."""
    ran(tmp_path / "a", failing)
    ran(tmp_path / "b", failing)
    before = stamps_of(tmp_path)
    ran(tmp_path / "b", failing)
    ran(tmp_path / "c", lambda: 5.0)
    for path in (tmp_path / "b/status.json", tmp_path / "c/status.json"):
        time = path.stat().st_mtime + seconds
        os.utime(path, (time, time))
    ended = read_statuses(tmp_path, before=before)
    assert [(path.name, status.status) for path, status in ended] == [("b", "failed"), ("c", "done")]


def test_a_cell_that_was_to_run_and_has_no_status_has_failed(tmp_path):
    """Such as one of another process, which could not write it."""
    for name in ("old", "damaged", "gone", "left", "other"):
        ran(tmp_path / name, lambda: 5.0)
    before = stamps_of(tmp_path)
    (tmp_path / "damaged/status.json").write_text("{")
    (tmp_path / "gone/status.json").unlink()
    (tmp_path / "left/status.json").unlink()
    ran(tmp_path / "done", lambda: 5.0)
    ran(tmp_path / "other", failing)  # of another sweep in the same folder
    names = ("old", "damaged", "gone", "left", "done", "never", "../outside")
    with Lease(tmp_path / "left" / CLAIM_FILE).held():
        ended = read_statuses(
            tmp_path, before=before, handed_out=[(tmp_path / name).absolute() for name in names]
        )
    assert [path for path, _ in ended] == sorted(tmp_path / name for name in names)
    assert {path.name: status.status for path, status in ended} == {
        "old": "failed",
        "damaged": "failed",
        "gone": "failed",
        "left": "left",
        "done": "done",
        "never": "failed",
        "outside": "failed",
    }
    assert all("no status" in status.error for _, status in ended if status.status == "failed")
    assert str(tmp_path / "never") in dict(ended)[tmp_path / "never"].error


def test_folders_of_cells_may_be_written_in_any_way(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = Path("x/../sweep")
    for cell in ("a", "b/c", ""):
        ran(tmp_path / "sweep" / cell, lambda: 5.0)
    handed_out = [tmp_path / "sweep/a", tmp_path / "sweep/b/c", tmp_path / "sweep"]
    (tmp_path / "x").mkdir()
    for cells_of_sweep in (handed_out, None):
        ended = read_statuses(folder, before={}, handed_out=cells_of_sweep)
        assert [str(path) for path, _ in ended] == ["x/../sweep", "x/../sweep/a", "x/../sweep/b/c"]
        assert {status.status for _, status in ended} == {"done"}
    assert read_statuses(folder, before=stamps_of(folder)) == []


def test_a_status_that_vanishes_while_it_is_looked_for_is_none(tmp_path, monkeypatch):
    ran(tmp_path / "a", lambda: 5.0)
    paths = [tmp_path / "a/status.json", tmp_path / "b/status.json"]
    monkeypatch.setattr(Path, "rglob", lambda *_: iter(paths))
    assert endings(tmp_path) == {"a": ("done", "")}
    assert list(stamps_of(tmp_path)) == [tmp_path / "a"]


def test_a_cell_that_another_sweep_has_run_meanwhile_keeps_its_time(tmp_path):
    folder, older = tmp_path / "a", tmp_path / "b"
    for path in (folder, older):
        path.mkdir()
    write_status(older, CellStatus(status="done", seconds=3.0, score=1.0))
    before = stamps_of(tmp_path)
    cells.remember_stamps(before)
    write_status(folder, CellStatus(status="done", seconds=9.0, score=2.0))
    for path in (folder, older):
        run_recorded(path, lambda: True, lambda: 0.0)
    found = {path.name: status for path, status in read_statuses(tmp_path, before=before)}
    assert (found["a"].status, found["a"].seconds) == ("done", 9.0)
    assert found["b"].status == "skipped"
    cells.remember_stamps(None)
    run_recorded(folder, lambda: True, lambda: 0.0)
    assert read_status(folder / "status.json").status == "skipped"
