"""A fit that was killed before any of its updates goes on to the same weights, whatever its batches draw."""

import weakref
from types import SimpleNamespace
from unittest.mock import patch

import pytest
import torch

from tests.helpers.cells import composed_cell
from tests.helpers.tasks import TRAINED, features_of
from xtl.digest import file_digest
from xtl.errors import NonFiniteLossError
from xtl.models import tiny
from xtl.modules.base import XtlModule
from xtl.modules.optim import AdamWLinear
from xtl.modules.shares import Share
from xtl.stops import Stopped
from xtl.tasks.build import build_task
from xtl.tasks.loaders import evaluation_loader, training_loader
from xtl.training import fit as fit_module
from xtl.training.checkpointing import Checkpointer
from xtl.training.fit import FitPaths, Loaders, fit
from xtl.training.selection import weights_of

SETTINGS = (
    "backbone=tiny", "trainer.accelerator=cpu", "trainer.precision=32-true", "trainer.checkpoint_seconds=0",
    "recipe.default.batch_size=4", "recipe.default.epochs=2", "target.recipe.epochs=2",
    "target.lang=[de]", "recipe.default.lr=1e-3", "recipe.default.dropout=0.1", "data.sizes.train=48",
)  # fmt: skip
MIXTURE = ("target=pocket_pos", "intermediate=mixture", "intermediate.tasks=[pocket_text,pocket_pos]")
WHOLE, PARTED = Share(), Share(micro_batch=2)
CASES = [
    *((f"target={name}", PARTED) for name in TRAINED if name != "pocket_retrieval"),  # which takes no parts
    ("target=pocket_text", WHOLE),
    ("target=pocket_text", Share(micro_batch_tokens=64)),
    ("target=pocket_retrieval", WHOLE),
    ("mixture", PARTED),
]


class KilledError(RuntimeError):
    """What ends a process."""


class Training:
    """A fit of a small task."""

    def __init__(self, name, share):
        cell = composed_cell(*(MIXTURE if name == "mixture" else (name,)), *SETTINGS)
        self.settings = cell.trainer
        self.task = build_task(cell.intermediate if name == "mixture" else cell.target, cell.data)
        self.share = share
        is_long = name == "target=pocket_text"  # its rows are packed
        self.features = features_of(self.task, tiny().tokenizer, count=40 if is_long else 10)

    def process(self, folder, *, killed_at=None, step=XtlModule.training_step, validates=False):
        """Train in a process of its own, to the end or to an update; give the weights."""
        pretrained = tiny()
        torch.manual_seed(3)
        loader, epochs = training_loader(
            self.task,
            self.features,
            pad_id=pretrained.tokenizer.pad_token_id,
            updates=None,
            seed=1,
            share=self.share,
        )
        pad_id = pretrained.tokenizer.pad_token_id
        validation = evaluation_loader(self.task, self.features, pad_id=pad_id, max_tokens=256)
        optimizer = AdamWLinear(lr=1e-3, total_steps=len(loader) * epochs)
        module = self.task.module(pretrained.backbone, optimizer, dropout=0.1)
        paths = FitPaths(
            name="target", history=folder / "log.jsonl", earlier=(), checkpoint=folder / "checkpoint.pt"
        )

        def begin(self, trainer, *arguments, begin=Checkpointer.on_train_batch_start):
            begin(self, trainer, *arguments)
            if trainer.global_step == killed_at:
                raise KilledError

        with (
            patch.object(Checkpointer, "on_train_batch_start", begin),
            patch.object(XtlModule, "training_step", step),
        ):
            fit(
                module,
                Loaders(train=loader, validation=validation if validates else None, epochs=epochs),
                recipe=self.task.config.recipe,
                settings=self.settings,
                paths=paths,
            )
        assert module.before_drawing is None
        return weights_of(module), len(loader) * epochs


@pytest.mark.parametrize(("name", "share"), CASES)
def test_a_killed_fit_goes_on_to_the_same_weights(tmp_path, name, share):
    training = Training(name, share)
    (tmp_path / "through").mkdir()
    expected, updates = training.process(tmp_path / "through")
    assert updates > 4
    for killed_at in (2, updates - 1):
        with pytest.raises(KilledError):
            training.process(tmp_path, killed_at=killed_at)
    assert (tmp_path / "checkpoint.pt").is_file()
    weights, _ = training.process(tmp_path)
    assert [key for key, weight in expected.items() if not torch.equal(weight, weights[key])] == []


def test_a_fit_leaves_nothing_that_only_updates_read(tmp_path):
    """Evaluation, and the phase after it, have the memory of gradients and of the states of the optimiser."""
    tensors = []

    def free_updates(module, trainer, free=fit_module._free_updates):
        states = [state for optimizer in trainer.optimizers for state in optimizer.state.values()]
        tensors.extend(weakref.ref(weight.grad) for weight in module.parameters() if weight.grad is not None)
        tensors.extend(weakref.ref(state[name]) for state in states for name in ("exp_avg", "exp_avg_sq"))
        del states
        free(module, trainer)
        assert [tensor for tensor in tensors if tensor() is not None] == []

    with patch.object(fit_module, "_free_updates", free_updates):
        Training("target=pocket_pos", WHOLE).process(tmp_path)
    assert len(tensors) > 50


@pytest.mark.parametrize("share", [WHOLE, PARTED])
def test_a_checkpoint_has_files_of_the_epochs_that_selections_have_taken(tmp_path, share):
    training = Training("target=pocket_pos", share)
    (tmp_path / "through").mkdir()
    expected, updates = training.process(tmp_path / "through", validates=True)
    assert list((tmp_path / "through").glob("epoch-*")) != []  # there was a checkpoint at each update
    with pytest.raises(KilledError):
        training.process(tmp_path, killed_at=updates - 1, validates=True)
    checkpoint = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    (state,) = (state for state in checkpoint["callbacks"].values() if "digests" in state)
    assert {epoch for _, epoch in state["best"].values()} == set(state["digests"]) == {1}
    assert file_digest(tmp_path / "epoch-1.safetensors") == state["digests"][1]
    weights, _ = training.process(tmp_path, validates=True)
    assert [key for key, weight in expected.items() if not torch.equal(weight, weights[key])] == []


def no_number(module, batch, batch_idx, step=XtlModule.training_step):
    loss = step(module, batch, batch_idx)
    return module.check_finite_loss(loss * float("nan"), batch["ids"]) if module.global_step == 2 else loss


def no_gradient(module, batch, batch_idx, step=XtlModule.training_step):
    loss = step(module, batch, batch_idx)
    if module.global_step == 2:
        loss.register_hook(lambda gradient: gradient * float("nan"))
    return loss


@pytest.mark.parametrize("share", [WHOLE, PARTED])
@pytest.mark.parametrize("step", [no_number, no_gradient])
@pytest.mark.parametrize("is_stopped", [False, True])
def test_no_checkpoint_has_weights_that_are_no_numbers(tmp_path, share, step, is_stopped):
    training = Training("target=pocket_pos", share)
    (tmp_path / "through").mkdir()
    expected, _ = training.process(tmp_path / "through")
    updates = []

    def take_stop():
        updates.append(len(updates))
        return SimpleNamespace(signum=15) if is_stopped and updates[-1] == 3 else None

    with (
        patch("xtl.training.checkpointing.take_stop", take_stop),
        pytest.raises(Stopped if is_stopped else NonFiniteLossError),
    ):
        training.process(tmp_path, step=step)
    checkpoint = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert checkpoint["global_step"] == 2
    assert all(torch.isfinite(weight).all() for weight in checkpoint["state_dict"].values())
    weights, _ = training.process(tmp_path)  # what spoiled the update does not come again
    assert [key for key, weight in expected.items() if not torch.equal(weight, weights[key])] == []
