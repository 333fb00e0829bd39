"""Attention by products of matrices, alone and in flat blocks: the same as torch's, whatever is padded."""

import json
import pickle
import subprocess
import sys

import pytest
import torch
from transformers import AutoModel, LlamaConfig, XLMRobertaConfig

from xtl.models import HFBackbone, tiny
from xtl.models.kernels import (
    Dropout,
    attention,
    block_parts,
    flat_encoder,
    layout,
    plain_blocks,
    use_kernels,
    weighted_sums,
)

LENGTHS = (17, 5, 9, 1)
NO_DROPOUT = 1e-300
"""A share that is there and changes nothing."""


def encoder(**settings):
    """Two random blocks in double precision, without dropout."""
    config = XLMRobertaConfig(
        vocab_size=100,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=96,
        max_position_embeddings=40,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return HFBackbone.from_config(config).to(**settings).train()


def padded_batch(lengths=LENGTHS):
    width = max(lengths)
    mask = (torch.arange(width)[None] < torch.tensor(lengths)[:, None]).long()
    ids = torch.randint(5, 100, mask.shape, generator=torch.Generator().manual_seed(0))
    return ids * mask + (1 - mask), mask


def states_and_gradients(backbone, batch):
    ids, mask = batch
    backbone.zero_grad()
    states = backbone(ids, mask) * mask[..., None]
    (states**2 * torch.arange(states.shape[-1])).sum().backward()
    return states.detach(), {name: weight.grad.clone() for name, weight in backbone.named_parameters()}


def _all_kept(shape, rate, random=None):
    return -torch.ones(shape, dtype=torch.int8)


@pytest.fixture(params=["flat", "halves", "layers"])
def always(monkeypatch, request):
    """Own attention without dropout too: in flat blocks, of halves of a batch too, or in layers of others."""
    monkeypatch.setattr(layout, "_LEAST", 0 if request.param == "halves" else 1 << 60)
    for module in (attention, plain_blocks):
        monkeypatch.setattr(module, "dropped_share", lambda rate: rate or NO_DROPOUT)
    for module in (block_parts, weighted_sums):
        monkeypatch.setattr(module, "dropout_mask", _all_kept)
    if request.param == "layers":
        monkeypatch.setattr(flat_encoder, "is_flat", lambda encoder: False)
    else:
        assert flat_encoder.is_flat(encoder().encoder)


def chunked(monkeypatch, entries):
    monkeypatch.setattr(weighted_sums, "_CHUNK", entries)


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize(
    "lengths", [LENGTHS, (6, 6, 6), (8, 8)], ids=["padded", "no padding", "whole registers"]
)
@pytest.mark.parametrize("entries", [1, 2500, 1 << 19])
def test_it_computes_what_torch_computes(monkeypatch, lengths, entries):
    chunked(monkeypatch, entries)
    backbone, batch = encoder(dtype=torch.float64), padded_batch(lengths)
    assert backbone.encoder.config._attn_implementation == attention.NAME
    fast_states, fast_gradients = states_and_gradients(backbone, batch)
    use_kernels(backbone, fast=False)
    assert backbone.encoder.config._attn_implementation == "sdpa"
    states, gradients = states_and_gradients(backbone, batch)
    torch.testing.assert_close(fast_states, states, rtol=1e-12, atol=1e-12)
    largest = max(gradient.abs().max() for gradient in gradients.values())
    for name, gradient in gradients.items():
        torch.testing.assert_close(fast_gradients[name], gradient, rtol=1e-9, atol=1e-12 * largest)


@pytest.mark.usefixtures("always")
def test_in_float32_gradients_of_one_update_are_within_1e_5():
    backbone, batch = encoder(dtype=torch.float32), padded_batch()
    _, own = states_and_gradients(backbone, batch)
    use_kernels(backbone, fast=False)
    _, gradients = states_and_gradients(backbone, batch)
    difference = sum(((own[name] - gradients[name]) ** 2).sum() for name in own) ** 0.5
    assert difference / sum((gradient**2).sum() for gradient in gradients.values()) ** 0.5 < 1e-5


@pytest.mark.usefixtures("always")
def test_weights_after_20_updates_in_float64_are_within_1e_9():
    def trained(*, fast):
        backbone = encoder(dtype=torch.float64)
        use_kernels(backbone, fast=fast)
        optimizer = torch.optim.AdamW(backbone.parameters(), lr=1e-3)
        for update in range(20):
            states_and_gradients(backbone, padded_batch((9, 3 + update % 7, 4)))
            optimizer.step()
        return backbone.state_dict()

    theirs = trained(fast=False)
    for name, weight in trained(fast=True).items():
        # What a key's bias adds is the same for all keys: its gradient is rounding, which Adam makes large.
        if "key.bias" not in name:
            torch.testing.assert_close(weight, theirs[name], rtol=0, atol=1e-9)


@pytest.mark.parametrize("entries", [1, 1 << 19])
def test_gradients_are_those_of_finite_differences(monkeypatch, entries):
    chunked(monkeypatch, entries)
    generator = torch.Generator().manual_seed(0)
    parts = [torch.randn(2, 1, 3, 2, dtype=torch.float64, generator=generator) for _ in range(3)]
    hidden = weighted_sums.hiding_bias(torch.rand(2, 1, 3, 3, generator=generator) > 0.8, torch.float64)

    def states(*parts):
        torch.manual_seed(3)  # the same mask of dropout
        return attention._Attention.apply(*parts, hidden, 0.3, 0.5)

    assert torch.autograd.gradcheck(states, [part.requires_grad_() for part in parts])


def test_dropout_keeps_the_mean_and_drops_whole_entries_of_the_attention():
    torch.manual_seed(0)
    query = torch.zeros(2, 3, 100, 8)  # the same attention for all keys
    value = torch.eye(100).expand(2, 3, 100, 100)
    states, _ = attention.attention(
        torch.nn.Module(), query, query, value, None, dropout=0.2, is_causal=False
    )
    mask = states[states > 0]
    torch.testing.assert_close(mask, torch.full_like(mask, 0.01 / 0.8), rtol=1e-4, atol=0)
    assert abs((states == 0).double().mean().item() - 0.2) < 0.01


def test_without_dropout_it_is_torch_s_to_the_bit():
    backbone, (ids, mask) = tiny().backbone.eval(), padded_batch()
    states = backbone(ids, mask)
    use_kernels(backbone, fast=False)
    assert torch.equal(backbone(ids, mask), states)


def test_it_is_reproducible_from_the_seed():
    backbone, (ids, mask) = tiny().backbone, padded_batch()
    backbone.train()

    def states(seed):
        torch.manual_seed(seed)
        return backbone(ids, mask).detach()

    assert torch.equal(states(1), states(1))
    assert not torch.equal(states(1), states(2))


@pytest.mark.usefixtures("always")
def test_a_row_of_padding_alone_is_no_nan():
    backbone, (ids, mask) = encoder(dtype=torch.float32), padded_batch()
    mask[-1] = 0
    states = backbone(ids, mask)
    states.sum().backward()
    assert states.isfinite().all()
    assert all(weight.grad.isfinite().all() for weight in backbone.parameters())


@pytest.mark.usefixtures("always")
def test_in_bfloat16_it_is_as_near_to_the_truth_as_torch_s():
    ids, mask = padded_batch((37, 30, 33))
    truth = encoder(dtype=torch.float64)(ids, mask).detach()
    errors = []
    for fast in (True, False):
        backbone = encoder(dtype=torch.float32)
        use_kernels(backbone, fast=fast)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            errors.append(((backbone(ids, mask).double() - truth) * mask[..., None]).norm().item())
    assert errors[0] < 1.2 * errors[1]


def test_a_folder_of_an_encoder_does_not_name_it(tmp_path):
    backbone = encoder()
    backbone.save_pretrained(tmp_path)
    assert not [
        value
        for value in json.loads((tmp_path / "config.json").read_text()).values()
        if value == attention.NAME
    ]
    assert AutoModel.from_pretrained(tmp_path).config._attn_implementation == "sdpa"


def test_a_decoder_keeps_seeing_nothing_of_what_comes_later():
    config = LlamaConfig(
        vocab_size=100, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=32,
    )  # fmt: skip
    decoder = AutoModel.from_config(config).eval()
    ids = torch.arange(5, 17)[None]
    theirs = decoder(input_ids=ids).last_hidden_state
    use_kernels(decoder)
    assert decoder.config._attn_implementation == attention.NAME
    assert torch.equal(decoder(input_ids=ids).last_hidden_state, theirs)


def test_an_encoder_of_another_attention_keeps_it():
    eager = encoder().encoder
    eager.set_attn_implementation("eager")
    use_kernels(eager)
    assert eager.config._attn_implementation == "eager"


def test_a_pickled_encoder_is_computed_in_another_process(tmp_path):
    backbone = encoder().eval()
    (tmp_path / "backbone.pickle").write_bytes(pickle.dumps(backbone))
    ids, mask = padded_batch()
    torch.save((ids, mask, backbone(ids, mask).detach()), tmp_path / "batch.pt")
    code = (
        "import pickle, torch; ids, mask, states = torch.load('batch.pt')\n"
        "backbone = pickle.load(open('backbone.pickle', 'rb'))\n"
        "torch.testing.assert_close(backbone(ids, mask), states)"
    )
    subprocess.run([sys.executable, "-W", "error::UserWarning", "-c", code], cwd=tmp_path, check=True)


def test_dropout_that_someone_has_changed_is_left_to_them():
    def never(states):
        return states

    hooked, changed = torch.nn.Dropout(0.5), torch.nn.Dropout(0.5)
    hooked.register_forward_hook(lambda *_: None)
    changed.forward = never
    module = torch.nn.Sequential(hooked, changed, torch.nn.Dropout(0.5))
    use_kernels(module)
    assert (module[0], module[1]) == (hooked, changed)
    assert type(module[2]) is Dropout


def test_all_dropout_of_an_encoder_is_replaced_and_no_weight_is_renamed():
    backbone = tiny().backbone
    names = list(backbone.state_dict())
    layers = [part for part in backbone.modules() if isinstance(part, torch.nn.Dropout)]
    assert layers
    assert {type(part) for part in layers} == {Dropout}
    use_kernels(backbone, fast=False)
    assert not any(part.is_fast for part in layers)
    use_kernels(backbone)
    assert all(part.is_fast for part in layers)
    assert list(backbone.state_dict()) == names
