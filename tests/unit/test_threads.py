"""Settings of CPU threads: what is set, when, and what a user keeps."""

import os
import subprocess
import sys

import pytest

from xtl.threads import IDLE_THREADS, let_idle_threads_sleep, usable_cores


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, dict(IDLE_THREADS)),
        ({"GOMP_SPINCOUNT": "9"}, {**IDLE_THREADS, "GOMP_SPINCOUNT": "9"}),
        ({"OMP_WAIT_POLICY": "active"}, {"OMP_WAIT_POLICY": "active"}),
    ],
)
def test_what_a_user_set_stays(before, after):
    environment = dict(before)
    let_idle_threads_sleep(environment)
    assert environment == after


@pytest.mark.parametrize("room", ["cli", "pipeline"])
def test_it_is_set_before_torch_is_loaded(room):
    code = f"import os, sys, xtl.{room}; print('torch' in sys.modules, os.environ['GOMP_SPINCOUNT'])"
    chosen = (*IDLE_THREADS, "OMP_WAIT_POLICY")
    clean = {name: value for name, value in os.environ.items() if name not in chosen}
    command = [sys.executable, "-c", code]
    output = subprocess.run(command, env=clean, text=True, capture_output=True, check=True)
    assert output.stdout.split() == ["False", IDLE_THREADS["GOMP_SPINCOUNT"]]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity")
def test_cores_are_those_of_the_affinity():
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, before)
    assert 1 <= usable_cores() <= len(before)
