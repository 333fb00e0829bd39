"""Blocks of an evaluation: packed weights change nothing, and for one batch none are packed."""

import pytest
import torch
from transformers import XLMRobertaConfig

from xtl.models.backbone import HFBackbone
from xtl.models.kernels import evaluated_blocks, flat_encoder, weights_kept
from xtl.models.kernels.evaluated_blocks import Linear, can_pack


@pytest.fixture
def packing():
    """Whether weights can be packed is asked anew, before and after."""
    can_pack.cache_clear()
    yield
    can_pack.cache_clear()


def is_supported():
    return torch.ops.mkldnn._is_mkldnn_bf16_supported()


def backbone():
    sizes = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96}
    return HFBackbone.from_config(XLMRobertaConfig(vocab_size=100, **sizes)).eval()


def blocks_and_states(encoder):
    ids = torch.arange(4, 64).view(3, 20)
    mask = (torch.arange(20) < torch.tensor([[20], [7], [13]])).long()
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16), weights_kept(encoder):
        states = encoder(ids, mask)
        (blocks,) = flat_encoder._KEPT[encoder.encoder].values()
    return blocks, states


def test_weights_are_packed_wherever_onednn_multiplies_in_bfloat16(packing):
    if not is_supported():
        pytest.skip("oneDNN has no products in bfloat16 on this processor")
    assert can_pack()
    blocks, _ = blocks_and_states(backbone())
    assert all(part.is_packed for block in blocks for part in block if isinstance(part, Linear))


@pytest.mark.parametrize("sizes", [(384, 1152), (1536, 384), (100, 37), (32, 48)], ids=str)
@pytest.mark.parametrize("num_rows", [1, 7, 64, 300])
def test_a_packed_layer_computes_the_same_to_the_bit(sizes, num_rows):
    if not can_pack():
        pytest.skip("weights cannot be packed here")
    inputs, weight, bias = (
        torch.randn(size).bfloat16() for size in ((num_rows, sizes[0]), sizes[::-1], sizes[1:])
    )
    layer = Linear(weight.t(), bias)
    outputs = layer(inputs)
    assert outputs.abs().sum() > 0
    assert torch.equal(layer.packed()(inputs), outputs)


def test_an_evaluation_is_the_same_to_the_bit_where_weights_cannot_be_packed(monkeypatch, packing):
    encoder = backbone()
    _, states = blocks_and_states(encoder)
    monkeypatch.setattr(evaluated_blocks, "can_pack", lambda: False)
    blocks, unpacked = blocks_and_states(encoder)
    assert not any(part.is_packed for block in blocks for part in block if isinstance(part, Linear))
    assert torch.equal(states, unpacked)


@pytest.mark.parametrize("error", [AttributeError, NotImplementedError, RuntimeError])
@pytest.mark.parametrize("name", ["_packed", "_packed_product"])
def test_a_build_of_torch_without_the_operators_packs_nothing(monkeypatch, packing, name, error):
    def fail(*arguments):
        raise error("no such operator")

    monkeypatch.setattr(evaluated_blocks, name, fail)
    assert not can_pack()


def test_operators_that_round_otherwise_are_not_used(monkeypatch, packing):
    monkeypatch.setattr(evaluated_blocks, "_packed", lambda weight: weight)
    monkeypatch.setattr(evaluated_blocks, "_packed_product", lambda inputs, weight, bias: inputs @ weight.t())
    assert not can_pack()


def test_weights_of_one_pass_alone_are_not_packed(monkeypatch):
    def fail(weight):
        raise AssertionError("packing costs more than one batch gains")

    encoder = backbone()
    monkeypatch.setattr(Linear, "packed", fail)
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        encoder(torch.arange(4, 24).view(1, 20), torch.ones(1, 20, dtype=torch.long))
