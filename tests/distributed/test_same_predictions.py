"""Batches of an evaluation are shared out: files of predictions are those of one process, byte for byte."""

from functools import partial
from unittest.mock import patch

import pytest
import torch

from tests.helpers.cells import composed_cell
from tests.helpers.processes import run_group
from xtl.distributed.group import joined
from xtl.pipeline.cell import run_cell
from xtl.store.store import PhaseStore

pytestmark = pytest.mark.slow

UNTRAINED = (
    "backbone=tiny", "target.recipe.epochs=0", "trainer.accelerator=cpu", "trainer.precision=32-true",
    "trainer.save_encoder=false", "target.langs=[de,zh]", "data.sizes.train=4", "data.sizes.validation=4",
)  # fmt: skip
CELLS = {
    **{
        f"{task}_{size}": (f"target=pocket_{task}", f"data.sizes.test={size}", "trainer.eval_tokens=128")
        for task in ("pos", "qa", "choice", "retrieval")
        for size in (2, 11)
    },
    "mining_9": ("target=pocket_mining", "data.sizes.test=9", "trainer.eval_tokens=128"),
}
"""Cells whose weights are drawn from the seed, in many batches; some have fewer examples than processes."""


def run_cells(rank, folder):
    torch.set_num_threads(1)
    with patch("xtl.training.device.usable_cores", lambda: 8), joined("cpu") as group:
        for name, overrides in CELLS.items():
            cell = composed_cell(*overrides, *UNTRAINED, f"trainer.devices={group.size}")
            (folder / name).mkdir(parents=True, exist_ok=True)
            run_cell(cell, folder / name, store=PhaseStore(folder / "store"))


def files_of(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*.parquet"))
    }  # fmt: skip


def test_three_processes_predict_what_one_does(tmp_path):
    for processes in (1, 3):
        run_group(partial(run_cells, folder=tmp_path / str(processes)), processes)
    alone, together = files_of(tmp_path / "1"), files_of(tmp_path / "3")
    assert len(alone) >= 2 * len(CELLS) - 1
    assert together.keys() == alone.keys()
    assert [name for name in alone if together[name] != alone[name]] == []
