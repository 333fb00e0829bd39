"""Each tuning trains what it says and nothing else, and leaves a plain encoder that computes the same."""

import re
import sys

import pytest
import torch
import transformers
from transformers import AutoModel

from xtl.errors import BackboneError, CheckpointError, ConfigError
from xtl.models import (
    HFBackbone,
    Tuning,
    active_vocabulary,
    count_weights,
    load_partial_state,
    partial_state,
    resize_feed_forward,
    tiny,
    tuned,
)
from xtl.models.tuning import _CHOOSERS
from xtl.types import TUNINGS

IDS = torch.tensor([[0, 40, 41, 42, 2], [0, 300, 40, 2, 1]])
MASK = (IDS != 1).long()
USED = [0, 2, 40, 41, 42, 300]

MOVED = {
    "full": lambda name: True,
    "freeze_n": lambda name: ".layer.1." in name,
    "bitfit": lambda name: name.endswith("bias"),
    "layernorm": lambda name: "LayerNorm" in name,
    "lora": lambda name: name.endswith(("query.weight", "value.weight")),
    "adapter": lambda name: name.endswith(".output.dense.bias") and ".attention." not in name,
}
"""Of the names that the plain encoder has: which weights a tuning may change."""
CALM = (".key.bias", "token_type", "position")
"""Weights that need not move: a bias of keys shifts all scores alike, and few positions are read."""


def tuning(name: str) -> Tuning:
    return Tuning(name=name, layers=1, rank=4, units=8)


def states(backbone: HFBackbone) -> torch.Tensor:
    with torch.no_grad():
        return backbone.eval()(IDS, MASK)


def train(backbone: HFBackbone, steps: int = 3) -> None:
    weights = [weight for weight in backbone.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=1e-2, weight_decay=0.1)
    target = torch.linspace(-1, 1, 32)
    for _ in range(steps):
        optimizer.zero_grad()
        (backbone(IDS, MASK)[MASK.bool()] - target).square().mean().backward()
        optimizer.step()


def copied(backbone: HFBackbone) -> dict[str, torch.Tensor]:
    return {name: weight.detach().clone() for name, weight in backbone.state_dict().items()}


@pytest.mark.parametrize("active", [False, True])
@pytest.mark.parametrize("name", TUNINGS)
def test_frozen_weights_do_not_move_and_the_others_do(name, active):
    backbone = tiny().backbone
    before = copied(backbone)
    if active:
        with active_vocabulary(backbone, USED), tuned(backbone, tuning(name)):
            train(backbone)
    else:
        with tuned(backbone, tuning(name)):
            train(backbone)
    after = backbone.state_dict()
    assert after.keys() == before.keys()
    assert all(weight.requires_grad for weight in backbone.parameters())
    for key, weight in after.items():
        old = before[key]
        if name == "adapter" and weight.shape != old.shape:  # the units that were there are as they were
            assert ".intermediate.dense." in key or ".output.dense." in key
            assert torch.equal(weight[tuple(slice(size) for size in old.shape)], old), key
        elif not MOVED[name](key):
            assert torch.equal(weight, old), key
        elif not any(part in key for part in CALM):
            assert not torch.equal(weight, old), key


@pytest.mark.parametrize("name", TUNINGS)
def test_nothing_changes_before_training_and_nothing_is_lost_after_it(name):
    backbone = tiny().backbone
    before = states(backbone)
    with tuned(backbone, tuning(name)):
        assert torch.allclose(states(backbone), before, atol=1e-6)  # what is added begins at zero
        train(backbone)
        inside = states(backbone)
    assert not torch.allclose(inside, before, atol=1e-3)
    assert torch.allclose(states(backbone), inside, atol=1e-5)


def test_lora_counts_are_those_of_the_formula():
    # 2 blocks of query and value, each with rank 4 matrices from and to 32: 2 * 2 * 4 * (32 + 32) = 1,024.
    backbone, head = tiny().backbone, torch.nn.Linear(32, 5)
    plain = sum(weight.numel() for weight in backbone.parameters())
    for used in (None, USED):  # the table counts whole either way
        if used is None:
            with tuned(backbone, tuning("lora")):
                counts = count_weights(backbone, head)
        else:
            with active_vocabulary(backbone, used), tuned(backbone, tuning("lora")):
                counts = count_weights(backbone, head)
        assert (counts.encoder, counts.head, counts.total) == (1024, 165, plain + 1024 + 165)
        assert counts.share == pytest.approx((1024 + 165) / (plain + 1024 + 165))


@pytest.mark.parametrize("used", [None, USED])
def test_full_trains_every_weight(used):
    backbone, head = tiny().backbone, torch.nn.Linear(32, 5)
    if used is None:
        with tuned(backbone, tuning("full")):
            assert count_weights(backbone, head).share == 1
    else:
        with active_vocabulary(backbone, used), tuned(backbone, tuning("full")):
            assert count_weights(backbone, head).share == 1


def test_an_adapter_leaves_an_ordinary_encoder(tmp_path):
    backbone = tiny().backbone
    for inner in (72, 80):  # 8 units more each time
        with tuned(backbone, tuning("adapter")):
            train(backbone)
        assert backbone.encoder.config.intermediate_size == inner
    backbone.save_pretrained(tmp_path)
    loaded = AutoModel.from_pretrained(tmp_path, add_pooling_layer=False).eval()
    with torch.no_grad():
        assert torch.equal(loaded(input_ids=IDS, attention_mask=MASK).last_hidden_state, states(backbone))


def test_wider_weights_go_into_an_encoder_as_it_was_pretrained_and_back():
    backbone, fresh = tiny().backbone, tiny().backbone
    pretrained, before = copied(backbone), states(backbone)
    with active_vocabulary(backbone, USED) as active, tuned(backbone, tuning("adapter")):
        train(backbone)
    load_partial_state(fresh, partial_state(backbone, active.rows_A))
    assert torch.equal(states(fresh), states(backbone))
    assert fresh.encoder.config.intermediate_size == 72
    resize_feed_forward(fresh, pretrained)
    fresh.load_state_dict(pretrained)
    assert torch.equal(states(fresh), before)
    assert fresh.encoder.config.intermediate_size == 64


def test_weights_of_another_encoder_are_still_refused():
    other = HFBackbone.from_config(type(tiny().backbone.encoder.config)(**_small()))
    with pytest.raises(CheckpointError, match="shapes"):
        load_partial_state(tiny().backbone, partial_state(other, None))


def _small() -> dict[str, int]:
    return {
        "vocab_size": 100, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 8, "pad_token_id": 1,
    }  # fmt: skip


@pytest.mark.parametrize("name", TUNINGS)
def test_an_error_inside_leaves_a_plain_encoder(name):
    backbone = tiny().backbone
    kinds = [type(part) for part in backbone.modules()]
    with pytest.raises(RuntimeError, match="stop"), tuned(backbone, tuning(name)):
        raise RuntimeError("stop")
    assert [type(part) for part in backbone.modules()] == kinds
    assert all(weight.requires_grad for weight in backbone.parameters())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (Tuning(name="freeze_n", layers=3), r"layers=3: expected at most the encoder's 2 blocks"),
        (
            Tuning(name="lora", targets=("qkv",)),
            r"targets: expected names of linear layers .*\(dense, key, query, value\), got qkv",
        ),
        (Tuning(name="lora", targets=("query", "worth")), r"\(dense, key, query, value\), got worth"),
        # Blocks of that name come after layers that would have been changed by then.
        (Tuning(name="lora", targets=("query", "output")), r"\(dense, key, query, value\), got output"),
        (Tuning(name="lora", targets=("ery", "")), r"\(dense, key, query, value\), got ery, $"),
        (Tuning(name="lora", targets=()), r"\(dense, key, query, value\), got none"),
        (Tuning(name="lora", rank=0), r"tuning=lora: expected settings that peft can use, got: `r` should"),
    ],
)
def test_what_the_encoder_does_not_have(wrong, message):
    backbone = tiny().backbone
    kinds = [type(part) for part in backbone.modules()]
    with pytest.raises(ConfigError, match=message), tuned(backbone, wrong):
        pass
    assert [type(part) for part in backbone.modules()] == kinds
    assert all(weight.requires_grad for weight in backbone.parameters())


@pytest.mark.parametrize(
    ("target", "layers"),
    [("query", 2), ("self.query", 2), ("output.dense", 4), ("dense", 6), ("word_embeddings", 1)],
)
def test_whatever_peft_can_add_to_is_a_target(target, layers):
    backbone = tiny().backbone
    kinds = [type(part) for part in backbone.modules()]
    with tuned(backbone, Tuning(name="lora", targets=(target,), rank=2)):
        assert sum(weight.requires_grad for weight in backbone.parameters()) == 2 * layers
    assert [type(part) for part in backbone.modules()] == kinds


def test_lora_without_peft(monkeypatch):
    monkeypatch.setitem(sys.modules, "peft", None)
    with (
        pytest.raises(ConfigError, match=r"expected the package peft.*pip install peft"),
        tuned(tiny().backbone, tuning("lora")),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "message"),
    [("adapter", "use tuning=lora"), ("bitfit", "expected weights of that kind"), ("freeze_n", "embeddings")],
)
def test_an_encoder_of_another_shape(name, message):
    class Other(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.config = tiny().backbone.encoder.config
            self.only = torch.nn.Linear(2, 2, bias=False)

    with pytest.raises(BackboneError, match=message), tuned(HFBackbone(Other()), tuning(name)):
        pass


SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48}
BELOW_BLOCKS = {
    "ElectraConfig": {"embedding_size": 16},  # widened behind the embeddings
    "RemBertConfig": {"input_embedding_size": 16},
    "DebertaV2Config": {"relative_attention": True, "position_buckets": 8},  # one table for all blocks
    "MPNetConfig": {},
    "ModernBertConfig": {"pad_token_id": 1},
    "XLMRobertaConfig": {},
}


@pytest.mark.parametrize("name", BELOW_BLOCKS)
def test_what_frozen_blocks_read_stays_too(name):
    config = getattr(transformers, name)(vocab_size=320, **SIZES, **BELOW_BLOCKS[name])
    backbone = HFBackbone(AutoModel.from_config(config, add_pooling_layer=False) if "Roberta" in name else
                          AutoModel.from_config(config))  # fmt: skip
    with tuned(backbone, Tuning(name="freeze_n", layers=1)):
        trained = [key for key, weight in backbone.named_parameters() if weight.requires_grad]
    assert trained
    assert all(re.search(r"\.layers?\.1\.|pooler|final_norm", key) for key in trained), trained


def test_every_name_is_known():
    assert tuple(_CHOOSERS) == TUNINGS
