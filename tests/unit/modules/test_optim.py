import lightning
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader
from transformers import DebertaV2Config, DebertaV2Model, GPT2Config, GPT2Model, Trainer

from xtl.errors import ConfigError
from xtl.models import tiny
from xtl.modules.optim import AdamWLinear, linear_factor


@pytest.mark.parametrize(
    ("warmup_steps", "total_steps", "factors"),
    [
        # Up by 1/2 a step to 1 at step 2, then down by 1/4 a step over the four that are left.
        (2, 6, [0.0, 0.5, 1.0, 0.75, 0.5, 0.25, 0.0, 0.0]),
        (0, 4, [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]),
        (4, 4, [0.0, 0.25, 0.5, 0.75, 0.0]),
        (0, 1, [1.0, 0.0, 0.0]),
        (0, 0, [0.0]),
    ],
)
def test_linear_factor(warmup_steps, total_steps, factors):
    found = [
        linear_factor(step, warmup_steps=warmup_steps, total_steps=total_steps)
        for step in range(len(factors))
    ]
    assert found == factors


class Module(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = tiny().backbone
        self.head = nn.Linear(32, 3)
        self.frozen = nn.Linear(3, 3).requires_grad_(requires_grad=False)


def groups(module, **changed):
    built = AdamWLinear(**{"lr": 1e-3, "total_steps": 10, "weight_decay": 0.1, **changed})(module)
    name_of = {id(parameter): name for name, parameter in module.named_parameters()}
    by_decay = {}
    for group in built["optimizer"].param_groups:
        by_decay[group["weight_decay"]] = {name_of[id(parameter)] for parameter in group["params"]}
    return by_decay


def test_only_matrices_of_linear_layers_decay():
    by_decay = groups(Module())
    decayed, plain = by_decay[0.1], by_decay[0.0]
    assert {name.rsplit(".", maxsplit=1)[-1] for name in decayed} == {"weight"}
    assert not [name for name in decayed if "LayerNorm" in name or "embeddings" in name]
    assert "head.weight" in decayed
    assert "encoder.encoder.encoder.layer.1.output.dense.weight" in decayed
    # 2 blocks of 6 matrices, and the head
    assert len(decayed) == 13
    for part in ("word_embeddings.weight", "position_embeddings.weight", "LayerNorm.weight", "head.bias"):
        assert any(name.endswith(part) for name in plain), part


def test_what_decays_is_what_the_trainer_of_transformers_lets_decay_but_for_tables():
    conv = {"conv_kernel_size": 3, "conv_act": "gelu", "pos_att_type": ["c2p"], "relative_attention": True}
    sizes = {"vocab_size": 32, "intermediate_size": 24, "num_attention_heads": 2, "num_hidden_layers": 2}
    encoders = [
        DebertaV2Model(DebertaV2Config(hidden_size=16, **sizes, **conv)),
        GPT2Model(GPT2Config(vocab_size=32, n_positions=8, n_embd=16, n_layer=2, n_head=2)),
    ]
    for encoder in encoders:
        by_decay = groups(encoder)
        tables = {
            f"{name}.weight" for name, part in encoder.named_modules() if isinstance(part, nn.Embedding)
        }
        theirs = set(Trainer.get_decay_parameter_names(None, encoder)) - tables
        assert by_decay[0.1] == theirs, type(encoder).__name__


def test_each_trainable_weight_is_in_one_group_and_frozen_ones_in_none():
    module = Module()
    by_decay = groups(module)
    trainable = {name for name, parameter in module.named_parameters() if parameter.requires_grad}
    assert by_decay[0.1] | by_decay[0.0] == trainable
    assert not by_decay[0.1] & by_decay[0.0]
    assert not [name for name in trainable if name.startswith("frozen")]


def test_the_rate_follows_the_schedule_at_each_update():
    weight = nn.Linear(2, 2)
    built = AdamWLinear(lr=0.8, total_steps=8, warmup=0.25)(weight)
    optimizer, schedule = built["optimizer"], built["lr_scheduler"]["scheduler"]
    assert built["lr_scheduler"]["interval"] == "step"
    rates = []
    for _ in range(9):
        rates.append(optimizer.param_groups[0]["lr"])
        weight(torch.ones(1, 2)).sum().backward()
        optimizer.step()
        schedule.step()
    # 2 of 8 updates warm up: 0, 0.4, then 0.8 down by 0.8/6 a step.
    assert rates == pytest.approx([0.0, 0.4, *(0.8 * (8 - step) / 6 for step in range(2, 9))])


def test_rows_that_no_batch_reads_stay_as_they_are():
    table = nn.Embedding(5, 4)
    before = table.weight.detach().clone()
    optimizer = AdamWLinear(lr=0.1, total_steps=5, weight_decay=0.5)(table)["optimizer"]
    for _ in range(3):
        optimizer.zero_grad()
        table(torch.tensor([1, 3])).sum().backward()
        optimizer.step()
    changed = (table.weight != before).any(dim=1).nonzero().flatten().tolist()
    assert changed == [1, 3]


@pytest.mark.parametrize("fused", [True, False])
def test_the_kernel_is_as_asked(fused):
    optimizer = AdamWLinear(lr=0.1, total_steps=5, fused=fused)(nn.Linear(2, 2))["optimizer"]
    assert optimizer.defaults["fused"] is fused
    assert optimizer.defaults["eps"] == 1e-8


def test_the_head_has_a_learning_rate_of_its_own():
    module = nn.Module()
    module.body, module.head = nn.Linear(3, 3), nn.Linear(3, 2)
    built = AdamWLinear(lr=1e-4, head_lr=1e-3, total_steps=10, weight_decay=0.1)(module)
    rates = {
        id(weight): (group["initial_lr"], group["weight_decay"])
        for group in built["optimizer"].param_groups
        for weight in group["params"]
    }
    assert rates[id(module.body.weight)] == (1e-4, 0.1)
    assert rates[id(module.body.bias)] == (1e-4, 0.0)
    assert rates[id(module.head.weight)] == (1e-3, 0.1)
    assert rates[id(module.head.bias)] == (1e-3, 0.0)


def test_warm_up_as_a_number_of_updates():
    weight = nn.Linear(1, 1)
    built = AdamWLinear(lr=1.0, total_steps=10, warmup=5)(weight)
    factor = built["lr_scheduler"]["scheduler"].lr_lambdas[0]
    assert [factor(step) for step in (0, 1, 5, 10)] == [0.0, 0.2, 1.0, 0.0]


class Fit(lightning.LightningModule):
    """A fit that does nothing but make its updates."""

    def __init__(self, optimizer):
        super().__init__()
        self.layer = nn.Linear(1, 1)
        self.optimizer = optimizer

    def training_step(self, batch, batch_idx):
        return self.layer(batch).sum()

    def configure_optimizers(self):
        return self.optimizer(self)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("settings", "updates"), [({"max_epochs": 3, "accumulate_grad_batches": 2}, 9), ({"max_steps": 4}, 4)]
)
def test_without_a_number_of_updates_the_schedule_ends_with_the_fit(settings, updates):
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = lightning.Trainer(accelerator="cpu", enable_model_summary=False, **quiet, **settings)
    trainer.fit(Fit(AdamWLinear(lr=1.0)), DataLoader(torch.ones(5, 1)))
    assert trainer.global_step == updates
    (schedule,) = (config.scheduler for config in trainer.lr_scheduler_configs)
    assert schedule.get_last_lr() == [0.0]
    assert schedule.lr_lambdas[0].keywords["total_steps"] == updates


@pytest.mark.parametrize("module", [nn.Linear(1, 1), Fit(None)])
def test_without_a_fit_the_number_of_updates_must_be_given(module):
    with pytest.raises(ConfigError, match="total_steps: expected the number of updates, got None"):
        AdamWLinear(lr=1.0)(module)


@pytest.mark.parametrize(("warmup", "is_said"), [(5, True), (4, False), (1.0, False), (0.5, False)])
def test_a_rate_that_never_reaches_its_height_is_said(caplog, warmup, is_said):
    AdamWLinear(lr=1e-3, total_steps=4, warmup=warmup)(Module())
    assert ("warmup: 5 updates of 4, so that the rate never reaches lr=0.001" in caplog.text) == is_said
