"""A fit that was killed before any of its updates goes on to the same weights, whatever its batches draw."""

from unittest.mock import patch

import pytest
import torch

from tests.helpers.cells import composed_cell
from tests.helpers.tasks import TRAINED, features_of
from xtl.models import tiny
from xtl.modules.optim import AdamWLinear
from xtl.modules.shares import Share
from xtl.tasks.build import build_task
from xtl.tasks.loaders import training_loader
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

    def process(self, folder, *, killed_at=None):
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
        optimizer = AdamWLinear(lr=1e-3, total_steps=len(loader) * epochs)
        module = self.task.module(pretrained.backbone, optimizer, dropout=0.1)
        paths = FitPaths(
            name="target", history=folder / "log.jsonl", earlier=(), checkpoint=folder / "checkpoint.pt"
        )

        def begin(self, trainer, *arguments, begin=Checkpointer.on_train_batch_start):
            begin(self, trainer, *arguments)
            if trainer.global_step == killed_at:
                raise KilledError

        with patch.object(Checkpointer, "on_train_batch_start", begin):
            fit(
                module,
                Loaders(train=loader, validation=None, epochs=epochs),
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
