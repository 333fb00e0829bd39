"""torch.compile of the backbone inside a module, under a plain Trainer."""

from copy import deepcopy

import lightning
import pytest
import torch

from tests.helpers.tasks import parts
from xtl.modules import AdamWLinear, TokenTagging
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


def compiled_and_plain(backend):
    """Losses of the same few updates with and without a compiled backbone, and the names of the weights."""
    task, pretrained, _, features, _ = parts("pocket_pos")
    pretrained.backbone.encoder.config.hidden_dropout_prob = 0.0
    for part in pretrained.backbone.modules():  # compiled code draws other random numbers
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
        if hasattr(part, "dropout") and isinstance(part.dropout, torch.nn.Dropout):
            part.dropout.p = 0.0
    pretrained.backbone.encoder.config.attention_probs_dropout_prob = 0.0
    loader, _ = training_loader(task, features, pad_id=1, updates=None, seed=0)
    loader.batch_sampler._batch_size = 2  # three shapes an epoch
    module = task.module(pretrained.backbone, AdamWLinear(lr=1e-3), dropout=0.0)
    copy = deepcopy(module)
    names = set(copy.state_dict())
    copy.backbone.compile(dynamic=True, backend=backend)
    assert isinstance(copy, TokenTagging)
    assert set(copy.state_dict()) == names
    return losses_of(copy, loader), losses_of(module, loader)


def test_a_compiled_backbone_trains_as_a_plain_one_does():
    compiled, plain = compiled_and_plain("eager")
    assert len(plain) == 6
    assert compiled == pytest.approx(plain, abs=1e-5)


@pytest.mark.slow
def test_code_that_the_compiler_makes_gives_the_same_losses():
    compiled, plain = compiled_and_plain("inductor")
    assert compiled == pytest.approx(plain, abs=1e-5)
