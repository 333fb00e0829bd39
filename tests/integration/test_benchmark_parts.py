"""Parts of a benchmark, each a process of its own: what becomes of one that goes wrong."""

import os
import time

import pytest

from tests.benchmarks.processes import FAILED, NOT_RUN, OK, TOO_LONG, Part, Setting, run_part
from tests.helpers.commands import context


def works(setting):
    print("said by the part")  # noqa: T201
    return {"device": setting.device}


def finds_a_fault(setting):
    return {"passed": 3, "error": "1 failed"}


def fails(setting):
    raise ValueError("first line\nsecond line")


def dies(setting):
    os._exit(3)


def hangs(setting):
    time.sleep(60)


@pytest.mark.parametrize(
    ("run", "status", "error", "result"),
    [
        (works, OK, "", {"device": "cpu"}),
        (finds_a_fault, FAILED, "1 failed", {"passed": 3}),
        (fails, FAILED, "ValueError: first line", None),
        (dies, FAILED, "the process ended with 3 and left no result", None),
        (hangs, TOO_LONG, "killed after 2 seconds", None),
    ],
)
def test_a_part_that_goes_wrong_is_told(run, status, error, result, tmp_path):
    part = Part(name="part", run=run, limit=2 if run is hangs else 60)
    outcome = run_part(part, Setting(device="cpu", folder=tmp_path), context(), limit=100)
    assert outcome.status == status, outcome.error
    assert outcome.error.startswith(error)
    assert bool(outcome.error) == bool(error)
    assert outcome.result == result
    log = (tmp_path / "logs" / "part.log").read_text()
    assert ("said by the part" in log, "second line" in log) == (run is works, run is fails)


def test_a_part_for_which_no_time_is_left_is_not_run(tmp_path):
    part = Part(name="part", run=works)
    assert run_part(part, Setting(device="cpu", folder=tmp_path), context(), limit=0).status == NOT_RUN
