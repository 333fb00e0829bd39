"""The pool, with small programs in the place of cells: kills, signals, variables, phases, what is shown."""

import json
import logging
import os
import signal
import threading
import time
from io import StringIO

import pytest
from rich.console import Console

from tests.helpers.factories import table_text
from xtl.runs.claim import CLAIM_FILE
from xtl.runs.status import (
    DONE,
    EXIT_STATUS_OF_LEFT,
    FAILED,
    LEFT,
    STOPPED,
    CellStatus,
    read_status,
    write_status,
)
from xtl.stops import Stopped, raise_when_stopped
from xtl.store.lease import Lease
from xtl.sweeps.local.pool import Pool
from xtl.sweeps.local.process import CellProcess, QueuedCell
from xtl.sweeps.local.schedule import Job
from xtl.sweeps.local.slots import Slot
from xtl.sweeps.local.view import View

BEGIN = """
import json, os, signal, sys, time
from pathlib import Path
folder = Path(sys.argv[1]).parent
def stage(stage, phase=""):
    with open(os.environ["XTL_STAGES"], "a") as file:
        file.write(json.dumps({"stage": stage, "phase": phase}) + "\\n")
def end(status="done", error="", score=1.5):
    values = {"status": status, "seconds": 1.0, "score": score, "error": error}
    (folder / "status.json").write_text(json.dumps(values))
(folder / "begun").write_text(str(time.time()))
"""


@pytest.fixture
def cell_of(tmp_path):
    """Make a cell that runs a few lines of Python."""

    def make(number, text, *, phases=(), devices=1, **settings):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "program.py").write_text(BEGIN + text)
        names = dict(zip(("intermediate", "target"), phases, strict=False))
        job = Job(number=number, phases=tuple(phases), devices=devices)
        return QueuedCell(
            job=job,
            label=f"cell {number}",
            folder=folder,
            config_file=folder / "config.yaml",
            phase_names=names,
            **settings,
        )

    return make


def start(cell, slots):
    return CellProcess(cell, slots, program=[str(cell.folder / "program.py")])


def pool_of(count, view=None, **settings):
    slots = [Slot(number=number, **settings) for number in range(count)]
    return Pool(slots, view or View(1, console=Console(file=StringIO())), start=start)


def test_cells_end_as_they_say_or_by_what_killed_them(cell_of):
    cells = [
        cell_of(0, "print('hello'); end()"),
        cell_of(1, "end('failed', 'no such language')"),
        cell_of(2, "print('so far'); sys.stdout.flush(); os.kill(os.getpid(), signal.SIGKILL)"),
        cell_of(3, "end('stopped', 'stopped by SIGTERM')"),  # by somebody who did not stop the sweep
        cell_of(4, "sys.exit(3)"),
        cell_of(5, "end(); os.abort()"),
    ]
    ended = pool_of(2).run(cells)
    assert {number: status.status for number, status in ended.items()} == {
        0: DONE, 1: FAILED, 2: FAILED, 3: FAILED, 4: FAILED, 5: FAILED,
    }  # fmt: skip
    assert ended[0].score == 1.5
    assert ended[1].error == "no such language"
    log = cells[2].folder / "logs/terminal.log"
    assert ended[2].error.startswith(f"its process was killed by SIGKILL; its log: {log}.")
    assert log.read_text() == "so far\n"
    assert "ended with exit status 3" in ended[4].error
    assert "SIGABRT" in ended[5].error
    for cell in cells:
        assert read_status(cell.folder / "status.json").status == ended[cell.job.number].status


@pytest.mark.parametrize("code", [0, 1])
def test_a_status_of_an_earlier_run_is_none_of_this_one(cell_of, code):
    cell = cell_of(0, f"sys.exit({code})")
    write_status(cell.folder, CellStatus(status=DONE, seconds=1.0))
    assert f"exit status {code}" in pool_of(1).run([cell])[0].error


def test_what_another_sweep_has_just_written_stays_when_a_cell_starts(cell_of):
    cell = cell_of(0, "")
    files = [cell.folder / name for name in ("status.json", "logs/terminal.log", "logs/stages.jsonl")]
    files[1].parent.mkdir()
    for path in files:
        path.write_text("of another sweep\n")
    process = start(cell, [Slot(number=0)])
    process.kill()
    assert [path.read_text() for path in files] == ["of another sweep\n"] * 3
    assert (process.last_line(), process.new_stages()) == ("", [])


def test_a_cell_that_another_process_runs_is_left_to_it_and_its_files_stay(cell_of):
    cell = cell_of(0, f"print('in use'); sys.exit({EXIT_STATUS_OF_LEFT})")
    write_status(cell.folder, CellStatus(status=DONE, seconds=1.0))
    (cell.folder / "logs").mkdir()
    stage = '{"stage": "stored", "phase": "a"}\n'
    files = [cell.folder / "logs" / name for name in ("terminal.log", "stages.jsonl")]
    for path in files:
        path.write_text(stage)
    with Lease(cell.folder / CLAIM_FILE).held():
        ended = pool_of(1).run([cell])[0]
    assert ended.status == LEFT
    assert f"process {os.getpid()} on" in ended.error
    assert read_status(cell.folder / "status.json").status == DONE
    assert [path.read_text() for path in files] == [f"{stage}in use\n", stage]


def test_cells_wait_for_the_phase_of_another_one_and_begin_when_it_is_stored(cell_of):
    trains = """
def wait_for(*numbers):
    limit = time.monotonic() + 30
    while not all((folder.parent / number / "begun").exists() for number in numbers):
        if time.monotonic() > limit:
            sys.exit(f"expected cells {numbers} to begin")
        time.sleep(0.05)
stage("trains", "intermediate")
wait_for("3")
(folder / "stored").write_text(str(time.time()))
stage("stored", "intermediate")
wait_for("1", "2")  # they begin while this cell goes on
end()
"""
    owner = cell_of(0, trains, phases=("a", "a0"))
    others = [cell_of(number, "end()", phases=("a", f"a{number}")) for number in (1, 2)]
    alone = cell_of(3, "end()", phases=("b", "b3"))
    ended = pool_of(2).run([owner, *others, alone])
    assert {status.status for status in ended.values()} == {DONE}
    stored = float((owner.folder / "stored").read_text())
    begun = [float((cell.folder / "begun").read_text()) for cell in (*others, alone)]
    assert min(begun[:2]) > stored > begun[2]


def test_when_the_cell_that_trains_a_phase_fails_the_next_one_does(cell_of):
    cells = [
        cell_of(0, "time.sleep(0.3); sys.exit(1)", phases=("a", "a0")),
        cell_of(1, "stage('stored', 'intermediate'); end()", phases=("a", "a1")),
    ]
    assert [pool_of(2).run(cells)[number].status for number in (0, 1)] == [FAILED, DONE]
    first, second = (float((cell.folder / "begun").read_text()) for cell in cells)
    assert second - first > 0.3


def test_a_cell_has_its_devices_and_threads_and_no_variable_of_another_one(cell_of, monkeypatch):
    for name, value in (("RANK", "1"), ("OMP_NUM_THREADS", "5"), ("CUDA_VISIBLE_DEVICES", "0,1,2")):
        monkeypatch.setenv(name, value)
    text = "(folder / 'env.json').write_text(json.dumps(dict(os.environ))); end()"
    cells = [cell_of(0, text, variables={"OWN": "a"}), cell_of(1, text)]
    slots = [Slot(number=number, device=f"GPU-{number}", threads=2) for number in range(2)]
    Pool(slots, View(0), start=start).run(cells)
    seen = [json.loads((cell.folder / "env.json").read_text()) for cell in cells]
    assert sorted(one["CUDA_VISIBLE_DEVICES"] for one in seen) == ["GPU-0", "GPU-1"]
    assert [one["OMP_NUM_THREADS"] for one in seen] == ["2", "2"]
    assert [one.get("OWN") for one in seen] == ["a", None]
    assert all("RANK" not in one for one in seen)


def test_a_cell_on_two_devices_takes_two_slots_and_one_on_three_has_no_room(cell_of):
    text = "(folder / 'args').write_text(' '.join(sys.argv)); end()"
    two, three = cell_of(0, text, devices=2), cell_of(1, text, devices=3)
    slots = [Slot(number=number, cores=(number,)) for number in range(2)]
    ended = Pool(slots, View(0), start=start).run([two, three])
    assert "--cores=0,1" in (two.folder / "args").read_text()
    assert ended[1].error == (
        "trainer.devices: expected at most 2, the number of slots of cores (hydra.launcher.n_jobs), got 3"
    )
    assert not (three.folder / "begun").exists()


@pytest.fixture
def signals_heeded(monkeypatch):
    """Heed SIGINT also in the background, and the signal of a test right after that of another one."""
    monkeypatch.setattr("xtl.stops._last_stop", -1e9)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("signals_heeded")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_cells(cell_of, number):
    listens = """
def stop(number, frame):
    end("stopped", f"stopped by {signal.Signals(number).name} itself")
    sys.exit(1)
for one in (signal.SIGTERM, signal.SIGINT):
    signal.signal(one, stop)
(folder / "ready").touch()
time.sleep(60)
"""
    cells = [cell_of(0, listens), cell_of(1, "(folder / 'ready').touch(); time.sleep(60)"), cell_of(2, "")]
    write_status(cells[1].folder, CellStatus(status=DONE, seconds=1.0))  # of an earlier run

    def send():
        while not all((cell.folder / "ready").exists() for cell in cells[:2]):
            time.sleep(0.05)
        os.kill(os.getpid(), number)

    threading.Thread(target=send, daemon=True).start()
    begin = time.monotonic()
    with pytest.raises(Stopped), raise_when_stopped():
        pool_of(2).run(cells)
    assert time.monotonic() - begin < 10
    ended = [read_status(cell.folder / "status.json") for cell in cells[:2]]
    assert [status.status for status in ended] == [STOPPED, STOPPED]
    assert ended[0].error == f"stopped by {number.name} itself"
    assert ended[1].error == f"stopped by {number.name}"
    assert not (cells[2].folder / "status.json").exists()


def test_on_a_pipe_each_change_is_a_line(cell_of, caplog):
    caplog.set_level(logging.INFO, "xtl")
    text = "stage('trains', 'intermediate'); stage('waits', '12ab'); stage('scores'); end(score=71.25)"
    pool_of(1).run([cell_of(0, text), cell_of(1, "sys.exit(1)")])
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0].startswith("cell 0: starts on slot 0; log: ")
    assert lines[1:5] == [
        "cell 0: trains the intermediate phase", "cell 0: waits for phase 12ab", "cell 0: scores",
        "cell 0: done after 1.0 s, 71.2",
    ]  # fmt: skip
    assert lines[-1].startswith("cell 1: failed: its process ended with exit status 1")


def test_the_table_shows_what_runs_and_counts_the_rest(cell_of):
    view = View(3, console=Console(file=StringIO()))
    process = start(cell_of(0, "print('step 1'); print('[b]step 2'); sys.stdout.flush(); end()"), [
        Slot(number=1, cores=(2, 3))
    ])  # fmt: skip
    view.waiting = 1
    view.started(process)
    view.stage(process, "trains the target phase")
    view.ended(cell_of(1, ""), CellStatus(status=DONE, seconds=2.0))
    while not process.has_ended:
        time.sleep(0.05)
    text = table_text(view.renderable())
    assert "slot 1 (cores 2,3)" in text
    assert "cell 0" in text
    assert "trains the target phase" in text
    assert "[b]step 2" in text
    assert "3 cells: 1 run, 1 wait, 1 done" in text


def test_a_log_that_cannot_be_written_is_one_failed_cell(cell_of):
    cell = cell_of(0, "end()")
    (cell.folder / "logs").write_text("no folder")
    ended = pool_of(1).run([cell, cell_of(1, "end()")])
    assert [ended[number].status for number in (0, 1)] == [FAILED, DONE]
    assert str(cell.folder / "logs") in ended[0].error


def test_half_a_line_of_a_full_disk_and_stages_of_other_versions_end_no_sweep(cell_of):
    cell = cell_of(
        1,
        """
with open(os.environ["XTL_STAGES"], "a") as file:
    file.write('{"stage": "tra{"stage": "trains", "phase": "target"}\\n')
stage("dances")
stage("scores")
end()
""",
    )
    assert pool_of(1).run([cell])[1].status == DONE
