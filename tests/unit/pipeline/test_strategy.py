"""Which strategy a cell gets where its config leaves it open, and what is said of it."""

import json
from dataclasses import replace

import pytest
import torch

from tests.helpers.cells import composed_cell
from xtl.config import check_all_shares
from xtl.errors import ConfigError
from xtl.pipeline.strategy import pick_strategy, resolved_here
from xtl.pipeline.variants import tries_sizes
from xtl.runs.fingerprint import run_fingerprint
from xtl.schemas.trainer import TrainerConfig
from xtl.training.device import DeviceSettings

GIB = 2**30
XL = {
    "model_type": "xlm-roberta-xl", "num_hidden_layers": 36, "hidden_size": 2560, "intermediate_size": 10240,
    "vocab_size": 250880, "max_position_embeddings": 514, "num_attention_heads": 32,
}  # fmt: skip


def settings(**values):
    return TrainerConfig(**{"accelerator": "gpu", "precision": "bf16-mixed", "devices": 4} | values)


@pytest.mark.parametrize(
    ("values", "needed", "memory", "strategy"),
    [
        ({"devices": 1}, 60, 40, "single"),
        ({}, 0, 0, "ddp"),
        ({}, 30, 40, "ddp"),
        ({}, 36, 40, "fsdp2"),  # a tenth between the pieces, a gigabyte of CUDA's own
        ({"devices": 1, "nodes": 2}, 60, 40, "fsdp2"),
        ({"precision": "16-mixed"}, 60, 40, "ddp"),
    ],
)
def test_weights_are_shared_out_only_where_a_device_cannot_hold_them(values, needed, memory, strategy):
    assert pick_strategy(settings(**values), needed=needed * GIB, memory=memory * GIB)[0] == strategy


class Card:
    def __init__(self, gib):
        self.total_memory = gib * GIB


@pytest.mark.parametrize(
    ("gib", "overrides", "strategy"),
    [
        (80, (), "ddp"),
        (48, (), "fsdp2"),
        (80, ("trainer.active_vocabulary=false",), "ddp"),
        (72, ("trainer.active_vocabulary=false",), "fsdp2"),
        (48, ("tuning=bitfit",), "ddp"),
        (48, ("trainer.strategy=ddp",), "ddp"),
    ],
)
def test_auto_looks_at_the_encoder_and_the_card(tmp_path, monkeypatch, gib, overrides, strategy):
    (tmp_path / "config.json").write_text(json.dumps(XL))
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: Card(gib))
    cell = composed_cell("target=pocket_pos", f"backbone.path={tmp_path}", "trainer=auto", *overrides)
    device = DeviceSettings(
        device=torch.device("cuda"), precision="bf16-mixed", eval_tokens=16_384, devices=8
    )
    chosen, choices = resolved_here(cell, device)
    text = ", ".join(choices)
    assert chosen.trainer.strategy == strategy
    assert "devices 8 (all of this machine), precision bf16-mixed" in text
    assert ("of weights and optimiser by estimate" in text) == ("trainer.strategy=ddp" not in overrides)


def test_one_cpu_is_told_too():
    cell = composed_cell("target=pocket_pos", "backbone=tiny", "trainer=auto")
    assert cell.trainer.devices == "auto"
    device = DeviceSettings(device=torch.device("cpu"), precision="32-true", eval_tokens=1024, devices=1)
    chosen, choices = resolved_here(cell, device)
    for text in (
        "accelerator cpu (no GPU", "devices 1 (one process", "precision 32-true", "single (one",
        "micro_batch what fits (tried before each phase)",
    ):  # fmt: skip
        assert any(text in choice for choice in choices), choices
    again, choices = resolved_here(chosen, device)  # as the workers of a cell do
    assert again == chosen
    assert [choice.split()[0] for choice in choices] == ["accelerator", "micro_batch"]


def test_nothing_is_tried_where_weights_are_shared_out():
    cell = composed_cell(
        "target=pocket_pos", "backbone=tiny", "trainer.devices=2", "trainer.strategy=fsdp2",
        "trainer.micro_batch=auto",
    )  # fmt: skip
    device = DeviceSettings(device=torch.device("cpu"), precision="32-true", eval_tokens=1024, devices=2)
    chosen, choices = resolved_here(cell, device)
    assert not tries_sizes(chosen.trainer)
    assert run_fingerprint(chosen) == run_fingerprint(device.resolved(cell)), "a finished cell counts as done"
    assert any("micro_batch null (nothing is tried under fsdp2" in choice for choice in choices)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("trainer.strategy=deepspeed",), r"trainer\.strategy: expected .*fsdp2"),
        (("trainer.strategy=single", "trainer.devices=2"), r"strategy=single: expected one device, got 2"),
        (("trainer.strategy=fsdp2",), r"strategy=fsdp2: expected several devices, got one"),
        (("trainer.strategy=ddp",), r"strategy=ddp: expected several devices, got one"),
        (
            ("trainer.strategy=fsdp2", "trainer.devices=2", "trainer.precision=16-mixed"),
            r"strategy=fsdp2: expected trainer\.precision=bf16-mixed, .* got 16-mixed",
        ),
    ],
)
def test_strategies_that_cannot_be_are_refused(overrides, message):
    with pytest.raises(ConfigError, match=message):
        composed_cell("target=pocket_pos", "backbone=tiny", *overrides)


def test_a_precision_that_only_this_machine_decides_is_looked_at_later():
    cell = composed_cell("target=pocket_pos", "backbone=tiny", "trainer.strategy=fsdp2", "trainer.devices=2")
    old_card = replace(cell, trainer=replace(cell.trainer, precision="16-mixed"))
    with pytest.raises(ConfigError, match="got 16-mixed"):
        check_all_shares(old_card)


def test_neither_strategy_nor_checkpointing_makes_another_cell():
    cell = composed_cell("target=pocket_pos", "backbone=tiny", "trainer.devices=2")
    other = composed_cell(
        "target=pocket_pos", "backbone=tiny", "trainer.devices=2", "trainer.strategy=fsdp2",
        "trainer.gradient_checkpointing=true",
    )  # fmt: skip
    assert run_fingerprint(cell) == run_fingerprint(other)
    exact = replace(other, trainer=replace(other.trainer, precision="32-true"))
    loose = replace(other, trainer=replace(other.trainer, precision="tf32"))
    assert run_fingerprint(exact) != run_fingerprint(loose)


def test_a_number_of_devices_that_is_open_shares_phases_with_its_like():
    assert settings(devices="auto").shares == {"devices": "auto", "micro_batch": None}
    assert settings(devices=1).shares == {}
