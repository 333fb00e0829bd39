"""Searches for cycles that are left out: in a block, among modules, at the end of a process."""

import contextlib
import gc
import subprocess
import sys

import pytest

from xtl.garbage import collector_paused

PROGRAM = """
import contextlib, gc
from xtl.garbage import modules_kept

class Cycle:
    def __init__(self, name):
        self.itself, self.name = self, name

    def __del__(self):
        print("found", self.name)

{block}
Cycle("later")
gc.collect()
Cycle("last")
print("end", gc.isenabled())
"""


def printed(block):
    command = [sys.executable, "-c", PROGRAM.format(block=block)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize("was_enabled", [True, False])
def test_a_search_waits_for_the_end_of_the_block(was_enabled):
    before = gc.isenabled()
    try:
        (gc.enable if was_enabled else gc.disable)()
        with contextlib.suppress(KeyError), collector_paused():
            seen = gc.isenabled()
            raise KeyError
        assert not seen
        assert gc.isenabled() is was_enabled
    finally:
        (gc.enable if before else gc.disable)()


def test_python_searches_all_and_once_more_at_the_end():
    assert printed('Cycle("early")') == ["found early", "found later", "end True", "found last"]


def test_what_is_there_after_imports_is_searched_no_more_and_nothing_at_the_end():
    block = 'with modules_kept():\n    Cycle("early")\n'
    assert printed(block) == ["found later", "end True"]


def test_garbage_between_blocks_is_found_as_ever():
    """A process that runs cells one after the other comes here before each of them."""
    blocks = 'with modules_kept():\n    pass\nCycle("cell")\nwith modules_kept():\n    Cycle("in it")\n'
    assert printed(blocks) == [
        "found cell", "found in it", "found later", "end True",
    ]  # fmt: skip


def test_imports_that_fail_leave_all_as_it_was():
    block = 'with contextlib.suppress(KeyError), modules_kept():\n    Cycle("early")\n    {}["key"]\n'
    assert printed(block) == ["found early", "found later", "end True", "found last"]
