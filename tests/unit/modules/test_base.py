import warnings
from types import SimpleNamespace

import pytest
import torch
from lightning import Trainer
from lightning.pytorch.plugins.precision import (
    DeepSpeedPrecision,
    FSDPPrecision,
    MixedPrecision,
    Precision,
)
from torch import nn
from torch.utils.data import DataLoader

from xtl.errors import NonFiniteLossError
from xtl.modules.base import XtlModule
from xtl.modules.optim import AdamWLinear

BAD = [float("nan"), float("inf"), float("-inf")]


class Module(XtlModule):
    def __init__(self):
        super().__init__(AdamWLinear(lr=0.1, total_steps=5))
        self.layer = nn.Linear(3, 2)

    def loss(self, batch):
        return self.layer(batch["x"]).sum()

    def validate(self, batch):
        return self.loss(batch)

    def predict_step(self, batch, batch_idx=0):
        return []


@pytest.fixture
def module():
    return Module()


def at_step(module, step, **changed):
    """Stand in for Lightning's trainer, as far as the module looks at it."""
    plugin = changed.pop("plugin", MixedPrecision("bf16-mixed", "cpu"))
    module.trainer = SimpleNamespace(global_step=step, precision_plugin=plugin, **changed)


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_loss_is_seen_one_step_late_with_its_own_step_and_uids(module, bad):
    at_step(module, 7)
    module.check_finite_loss(torch.tensor(1.0), ["good/0"])
    at_step(module, 8)
    loss = torch.tensor(bad)
    assert module.check_finite_loss(loss, ["udpos/train/3", "udpos/train/9"]) is loss
    at_step(module, 9)
    with pytest.raises(
        NonFiniteLossError, match=r"update 8: .* got -?(nan|inf); batch: udpos/train/3, udpos/train/9\."
    ):
        module.check_finite_loss(torch.tensor(1.0), ["later/0"])


def test_finite_losses_pass(module):
    for step in range(3):
        at_step(module, step)
        module.check_finite_loss(torch.tensor(1e30), ["a"])
    module.on_validation_start()
    module.on_train_end()


@pytest.mark.parametrize("hook", ["on_validation_start", "on_train_end"])
def test_a_bad_last_loss_stops_before_weights_are_scored_or_saved(module, hook):
    module.check_finite_loss(torch.tensor(float("nan")), ["a"])
    with pytest.raises(NonFiniteLossError, match=r"update 0: .* batch: a"):
        getattr(module, hook)()


def test_a_loss_is_looked_at_once(module):
    module.check_finite_loss(torch.tensor(float("nan")), ["a"])
    with pytest.raises(NonFiniteLossError):
        module.check_last_loss()
    module.check_last_loss()


def test_a_checked_loss_holds_no_graph(module):
    loss = module.layer(torch.ones(1, 3)).sum()
    assert module.check_finite_loss(loss, ["a"]).requires_grad
    assert not module._pending[2].requires_grad


def test_a_fit_begins_in_train_mode(module):
    module.eval()
    module.on_fit_start()
    assert module.training
    assert module.layer.training


def norm(module):
    return float(torch.linalg.vector_norm(torch.cat([w.grad.flatten() for w in module.parameters()])))


def test_gradients_are_clipped_to_the_norm_under_a_fused_optimiser(module):
    at_step(module, 0)  # bf16 and float32 have no scaler
    (module.layer(torch.full((1, 3), 50.0)).sum() * 10).backward()
    direction = module.layer.weight.grad / norm(module)
    assert norm(module) > 1000
    module.configure_gradient_clipping(module.configure_optimizers()["optimizer"], gradient_clip_val=0.5)
    assert norm(module) == pytest.approx(0.5, rel=1e-4)
    assert torch.allclose(module.layer.weight.grad / norm(module), direction, atol=1e-4)


def test_gradients_are_clipped_by_value_where_the_trainer_says_so(module):
    at_step(module, 0)
    (module.layer(torch.tensor([[50.0, 1e-3, -50.0]])).sum()).backward()
    expected = [weight.grad.clamp(-0.5, 0.5) for weight in module.parameters()]
    module.configure_gradient_clipping(
        module.configure_optimizers()["optimizer"], gradient_clip_val=0.5, gradient_clip_algorithm="value"
    )
    assert all(map(torch.equal, (weight.grad for weight in module.parameters()), expected))
    assert norm(module) > 0.5


def test_small_gradients_are_left_alone(module):
    at_step(module, 0)
    (module.layer(torch.ones(1, 3)).sum() * 1e-3).backward()
    before = norm(module)
    module.configure_gradient_clipping(module.configure_optimizers()["optimizer"], gradient_clip_val=0.5)
    assert norm(module) == before


SCALED = MixedPrecision("16-mixed", "cpu", scaler=torch.amp.GradScaler("cpu"))


@pytest.mark.parametrize(("plugin", "value"), [(SCALED, 0.5), (Precision(), None), (Precision(), 0.0)])
def test_lightning_clips_where_there_is_a_scaler_or_nothing_to_clip(module, monkeypatch, plugin, value):
    at_step(module, 0, plugin=plugin)
    asked = []
    monkeypatch.setattr(module, "clip_gradients", lambda optimizer, *args: asked.append(args))
    module.configure_gradient_clipping(None, gradient_clip_val=value)
    assert asked == [(value, None)]


@pytest.mark.parametrize("plugin", [FSDPPrecision("bf16-mixed"), DeepSpeedPrecision("bf16-mixed")])
def test_a_strategy_that_clips_in_its_own_way_or_refuses_does_so(module, monkeypatch, plugin):
    at_step(module, 0, plugin=plugin)
    asked = []
    monkeypatch.setattr(module, "clip_gradients", lambda optimizer, *args: asked.append(args))
    module.configure_gradient_clipping(None, gradient_clip_val=0.5)
    assert asked == [(0.5, None)]


class Overflowing(Module):
    """A module whose first gradient is too large for a scaled loss."""

    def loss(self, batch):
        return self.layer.weight.sum() * (1e36 if self.global_step == 0 else 1.0)


def in_float16(module, *, init_scale, updates):
    """Train with the scaler of float16; give what each update left."""
    plugin = MixedPrecision("16-mixed", "cpu", torch.amp.GradScaler("cpu", init_scale=init_scale))
    trainer = Trainer(
        accelerator="cpu", devices=1, max_epochs=1, logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, plugins=[plugin],
    )  # fmt: skip
    steps = []
    module.on_train_batch_end = lambda *_: steps.append(
        (trainer.global_step, float(module.layer.weight.detach().sum()))
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer.fit(module, DataLoader([{"ids": ["a"]}] * updates, batch_size=None))
    return steps


def test_an_update_that_overflows_in_float16_is_counted_and_changes_nothing():
    module = Overflowing()
    before = float(module.layer.weight.detach().sum())
    steps = in_float16(module, init_scale=65536.0, updates=3)
    assert [step for step, _ in steps] == [1, 2, 3]
    assert steps[0][1] == before
    assert before > steps[1][1] > steps[2][1]


def test_a_scale_that_no_gradient_survives_is_a_bad_loss(module):
    with pytest.raises(NonFiniteLossError, match=r"update 1: expected finite gradients .* fell to 1\.0e-06"):
        in_float16(Overflowing(), init_scale=1e-6, updates=1)
    at_step(module, 0, plugin={"scaler": torch.amp.GradScaler("cpu")})
    module.on_train_end()
