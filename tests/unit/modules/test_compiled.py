"""torch.compile of the backbone inside a module, under a plain Trainer."""

from copy import deepcopy

import lightning
import pytest
import torch

from tests.helpers.tasks import parts
from xtl.models import tiny
from xtl.modules import AdamWLinear
from xtl.tasks.loaders import training_loader

pytestmark = pytest.mark.filterwarnings("ignore")


class Losses(lightning.Callback):
    def __init__(self):
        self.losses = []

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        self.losses.append(float(outputs["loss"]))


def losses_of(module, loader):
    torch.manual_seed(0)
    losses = Losses()
    trainer = lightning.Trainer(
        max_epochs=2, accelerator="cpu", callbacks=[losses], logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(module, loader)
    return losses.losses


def without_dropout(backbone):
    """Encoder that draws no random numbers: compiled code draws others."""
    for part in backbone.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    return backbone


def test_compiling_in_place_keeps_the_names_of_the_weights():
    backbone = tiny().backbone
    names = list(backbone.state_dict())
    backbone.compile(dynamic=True)  # nothing is compiled before it is called
    assert list(backbone.state_dict()) == names


@pytest.mark.slow
def test_a_compiled_backbone_trains_as_a_plain_one_does():
    task, pretrained, _, features, _ = parts("pocket_pos")
    task.config.recipe.batch_size = 2
    backbone = without_dropout(pretrained.backbone)
    module = task.module(backbone, AdamWLinear(lr=1e-3, total_steps=9), dropout=0.0)
    compiled = deepcopy(module)
    compiled.backbone.compile(dynamic=True)
    loader, _ = training_loader(task, features, pad_id=1, updates=None, seed=0)
    plain = losses_of(module, loader)
    assert len(plain) == 6
    assert losses_of(compiled, loader) == pytest.approx(plain, abs=1e-5)
