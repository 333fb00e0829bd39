import os
import signal

import pytest

from xtl.distributed.environment import only, signals_kept, worker_environment


def test_nothing_of_another_group_reaches_a_cell():
    parent = {
        "HOME": "/home/a", "XTL_CACHE": "/c", "GOMP_SPINCOUNT": "1000", "OMP_NUM_THREADS": "8",
        "RANK": "1", "LOCAL_RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "x", "MASTER_PORT": "1",
        "TORCHELASTIC_RUN_ID": "old", "PL_GLOBAL_SEED": "3", "PET_NNODES": "2", "PLACE": "kept",
        "XTL_CLAIMED": "1",
    }  # fmt: skip
    assert worker_environment(parent, threads=4) == {
        "HOME": "/home/a", "XTL_CACHE": "/c", "GOMP_SPINCOUNT": "1000", "OMP_NUM_THREADS": "4",
        "PLACE": "kept",
    }  # fmt: skip


def test_variables_are_those_from_before_whatever_the_block_set(monkeypatch):
    monkeypatch.setenv("KEPT", "1")
    monkeypatch.setenv("REMOVED", "1")
    before = dict(os.environ)

    def run():
        with only({"KEPT": "2", "NEW": "3"}):
            assert dict(os.environ) == {"KEPT": "2", "NEW": "3"}
            os.environ["MASTER_PORT"] = "29500"
            raise ValueError("a cell that fails")

    with pytest.raises(ValueError, match="a cell that fails"):
        run()
    assert dict(os.environ) == before


def test_handlers_of_signals_are_those_from_before():
    before = signal.getsignal(signal.SIGTERM)
    with signals_kept():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    assert signal.getsignal(signal.SIGTERM) is before
