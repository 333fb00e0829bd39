"""A cell of each task type on a GPU, in each arithmetic, against the same cell on a CPU in 32 bits.

Without a GPU they are skipped, unless ``XTL_TEST_DEVICE=cpu`` is set.
"""

import json
import os
from functools import partial
from unittest.mock import patch

import pytest
import torch
from lightning import Trainer

from tests.helpers.cells import composed_cell
from tests.helpers.device_cells import CELLS, SETTINGS
from tests.helpers.processes import run_two
from xtl import XtlDataModule
from xtl.distributed.group import joined
from xtl.modules import mask_tokens
from xtl.modules.base import XtlModule
from xtl.pipeline.cell import run_cell
from xtl.store.store import PhaseStore

DEVICE = os.environ.get("XTL_TEST_DEVICE", "cuda")
ACCELERATOR = "gpu" if DEVICE == "cuda" else "cpu"
APART = {"32-true": 1e-3, "bf16-mixed": 3e-2, "16-mixed": 2e-2, "tf32": 1e-2}
"""How far a loss may be from that of the CPU in 32 bits, as a share of it."""
PRECISIONS = tuple(APART) if DEVICE == "cuda" else ("bf16-mixed",)
if DEVICE == "cuda" and torch.cuda.is_available() and torch.cuda.get_device_capability()[0] < 8:
    PRECISIONS = tuple(name for name in PRECISIONS if name != "tf32")

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # other versions of libraries deprecate other things
    pytest.mark.skipif(
        DEVICE == "cuda" and not torch.cuda.is_available(),
        reason="no GPU; XTL_TEST_DEVICE=cpu runs them on the CPU",
    ),
]

FINISHED = {}
"""Cells on the CPU in 32 bits: losses and scores by name."""


SMALL_SCALE = partial(torch.amp.GradScaler, init_scale=256.0)
"""That float16 leaves out no update, as it does until a scale is found."""


def run_here(name, folder, *overrides, accelerator="cpu", precision="32-true", dropout=0.0):
    """Run a cell; give its losses, its scores, and the scaler of each fit."""
    scalers = []
    begin = XtlModule.on_fit_start

    def with_dropout(module):
        begin(module)
        scalers.append(getattr(module.trainer.precision_plugin, "scaler", None))
        for part in module.modules():
            if isinstance(part, torch.nn.Dropout):
                part.p = dropout

    def masks_of_the_cpu(ids_BS, maskable_BS, **settings):
        """A GPU draws other random numbers from the same seed."""
        masked = mask_tokens(ids_BS.cpu(), maskable_BS.cpu(), **settings)
        return tuple(part.to(ids_BS.device) for part in masked)

    machine = (f"trainer.accelerator={accelerator}", f"trainer.precision={precision}")
    cell = composed_cell(*CELLS[name], *SETTINGS, *machine, *overrides)
    folder.mkdir(parents=True, exist_ok=True)
    with (
        patch.object(XtlModule, "on_fit_start", with_dropout),
        patch("torch.amp.GradScaler", SMALL_SCALE),
        patch("xtl.tasks.masked_lm.module.mask_tokens", masks_of_the_cpu),
    ):
        found = run_cell(cell, folder, store=PhaseStore(folder / "store"))
    return losses_of(folder), found, scalers


def losses_of(folder):
    path = folder / "metrics.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line)["train_loss"] for line in lines]


def on_the_cpu(name, tmp_path):
    if name not in FINISHED:
        FINISHED[name] = run_here(name, tmp_path / "cpu")
    return FINISHED[name]


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", CELLS)
def test_a_cell_is_that_of_the_cpu_in_32_bits(name, precision, tmp_path):
    expected, scores, _ = on_the_cpu(name, tmp_path)
    losses, found, scalers = run_here(name, tmp_path / "here", accelerator=ACCELERATOR, precision=precision)
    assert losses == pytest.approx(expected, rel=APART[precision])
    assert {(line.run.device, line.run.precision) for line in found} == {(DEVICE, precision)}
    assert [(line.lang, line.metric, line.n) for line in found] == [
        (line.lang, line.metric, line.n) for line in scores
    ]
    assert [scaler is not None for scaler in scalers] == [precision == "16-mixed"] * len(scalers)
    if name != "pocket_mining":  # which trains nothing
        assert len(losses) >= 2
        assert scalers


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_cell_that_ended_in_the_middle_goes_on_to_the_same_end(precision, tmp_path):
    often = ("trainer.checkpoint_seconds=0", "target.recipe.epochs=3")
    here = partial(run_here, "pocket_pos", accelerator=ACCELERATOR, precision=precision, dropout=0.1)
    whole, _, _ = here(tmp_path / "whole", *often)
    step, begun = XtlModule.training_step, []

    def ends_at_the_fifth(module, batch, batch_idx):
        begun.append(module.global_step)
        if len(begun) == 5:
            raise RuntimeError("the end of this process")
        return step(module, batch, batch_idx)

    with patch.object(XtlModule, "training_step", ends_at_the_fifth):
        with pytest.raises(RuntimeError, match="the end of this process"):
            here(tmp_path / "parted", *often)
        again, _, _ = here(tmp_path / "parted", *often)
    assert begun == [0, 1, 2, 3, 4, 4, 5]
    assert again == pytest.approx(whole, abs=1e-6 if DEVICE == "cpu" else 1e-3)


def test_blocks_that_are_computed_twice_change_nothing(tmp_path):
    here = partial(run_here, "pocket_pos", accelerator=ACCELERATOR)
    once, _, _ = here(tmp_path / "once")
    twice, _, _ = here(tmp_path / "twice", "trainer.gradient_checkpointing=true")
    assert twice == pytest.approx(once, abs=0 if DEVICE == "cpu" else 1e-5)


def test_one_device_under_ddp_trains_as_it_does_alone():
    alone = fitted("auto")
    with patch.dict(os.environ):  # Lightning leaves there who is who in a group
        under_ddp = fitted("ddp")
        assert torch.distributed.is_initialized()
        torch.distributed.destroy_process_group()
    assert under_ddp.keys() == alone.keys()
    for name, weight in alone.items():
        assert torch.allclose(under_ddp[name], weight, atol=1e-5), name


def fitted(strategy):
    """Weights after an epoch of a plain Trainer."""
    torch.manual_seed(0)
    data = XtlDataModule("pocket_pos", lang="en", langs=["de"], backbone="tiny", size=24, batch_size=8)
    module = data.build_module()
    for part in module.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    trainer = Trainer(
        max_epochs=1, accelerator=ACCELERATOR, devices=1, strategy=strategy, logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(module, data)
    return {name: weight.detach().cpu() for name, weight in module.state_dict().items()}


@pytest.mark.skipif(DEVICE == "cuda" and torch.cuda.device_count() < 2, reason="one GPU")
@pytest.mark.parametrize("strategy", ["ddp", "fsdp2"])
def test_two_devices_train_as_one_does(strategy, tmp_path):
    expected, _, _ = on_the_cpu("pocket_pos", tmp_path)
    run_two(partial(run_on_two, folder=tmp_path / "two", strategy=strategy))
    assert losses_of(tmp_path / "two") == pytest.approx(expected, rel=1e-3)


def run_on_two(rank, folder, strategy):
    torch.set_num_threads(1)
    with joined(DEVICE), patch("xtl.training.device.usable_cores", lambda: 8):
        settings = ("trainer.devices=2", f"trainer.strategy={strategy}")
        run_here("pocket_pos", folder, *settings, accelerator=ACCELERATOR)
