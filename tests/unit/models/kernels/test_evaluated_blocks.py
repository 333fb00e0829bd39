"""Blocks of an evaluation: weights that are packed for all of its batches change nothing."""

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


@pytest.fixture
def threads_of_torch(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def packed():
    """Skip where no weights are packed: see the test of processors that multiply in bfloat16."""
    if not can_pack(384, 1536, num_threads=1):
        pytest.skip("no weights are packed on this processor")


def backbone():
    sizes = {"hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 256}
    return HFBackbone.from_config(XLMRobertaConfig(vocab_size=100, **sizes)).eval()


def blocks_and_states(encoder):
    ids = torch.arange(4, 64).view(3, 20)
    mask = (torch.arange(20) < torch.tensor([[20], [7], [13]])).long()
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16), weights_kept(encoder):
        states = encoder(ids, mask)
        (blocks,) = flat_encoder._KEPT[encoder.encoder].values()
    return blocks, states


def are_packed(blocks):
    (answer,) = {part.is_packed for block in blocks for part in block if isinstance(part, Linear)}
    return answer


def test_weights_are_packed_on_processors_that_multiply_in_bfloat16(packing):
    if (
        not getattr(torch.cpu, "get_capabilities", dict)().get("avx512_bf16")
        or not torch.backends.mkldnn.is_available()
    ):
        pytest.skip("this processor multiplies in 32 bits")
    assert can_pack(384, 1536, num_threads=1)
    blocks, _ = blocks_and_states(backbone())
    assert are_packed(blocks)


@pytest.mark.parametrize("sizes", [(384, 1152), (1536, 384), (768, 3072), (3072, 768)], ids=str)
@pytest.mark.parametrize("num_rows", [1, 2, 31, 64, 257, 1000])
@pytest.mark.parametrize("threads_of_torch", [1, 2], indirect=True)
def test_a_layer_that_can_be_packed_computes_the_same_to_the_bit(sizes, num_rows, threads_of_torch):
    if not can_pack(*sizes, num_threads=torch.get_num_threads()):
        pytest.skip(
            "no weights of this shape are packed here"
        )  # from 768 inputs on torch 2.9 rounds otherwise
    inputs, weight, bias = (
        torch.randn(size).bfloat16() for size in ((num_rows, sizes[0]), sizes[::-1], sizes[1:])
    )
    layer = Linear(weight.t(), bias)
    outputs = layer(inputs)
    assert outputs.abs().sum() > 0
    assert torch.equal(layer.packed()(inputs), outputs)


def test_an_evaluation_is_the_same_to_the_bit_where_weights_cannot_be_packed(monkeypatch, packed):
    encoder = backbone()
    blocks, states = blocks_and_states(encoder)
    assert are_packed(blocks)
    monkeypatch.setattr(evaluated_blocks, "can_pack", lambda *sizes, num_threads: False)
    blocks, unpacked = blocks_and_states(encoder)
    assert not are_packed(blocks)
    assert torch.equal(states, unpacked)


def test_without_onednn_nothing_is_packed():
    with torch.backends.mkldnn.flags(enabled=False, allow_tf32=None):  # else it warns of Intel's GPUs
        blocks, _ = blocks_and_states(backbone())
    assert not are_packed(blocks)


@pytest.mark.parametrize("error", [AttributeError, NotImplementedError, RuntimeError])
@pytest.mark.parametrize("name", ["_packed", "_packed_product"])
def test_a_build_of_torch_without_the_operators_packs_nothing(monkeypatch, packing, name, error):
    def fail(*arguments):
        raise error("no such operator")

    monkeypatch.setattr(evaluated_blocks, name, fail)
    assert not can_pack(384, 384, num_threads=1)


def rounded_twice(inputs, weight, bias):
    return inputs @ weight.t() + bias


def added_in_another_order(inputs, weight, bias):
    return torch.addmm(bias, inputs.flip(1), weight.flip(1).t())


@pytest.mark.parametrize("product", [rounded_twice, added_in_another_order])
def test_operators_that_round_otherwise_are_not_used(monkeypatch, packing, product):
    monkeypatch.setattr(evaluated_blocks, "_packed", lambda weight: weight)
    monkeypatch.setattr(evaluated_blocks, "_packed_product", product)
    assert not can_pack(384, 384, num_threads=1)


def test_outside_an_evaluation_no_weights_are_packed(monkeypatch):
    def fail(layer):
        raise AssertionError("packing costs more than one batch gains")

    encoder = backbone()
    monkeypatch.setattr(Linear, "packed", fail)
    monkeypatch.setattr(evaluated_blocks, "can_pack", lambda *sizes, num_threads: True)
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        encoder(torch.arange(4, 24).view(1, 20), torch.ones(1, 20, dtype=torch.long))
