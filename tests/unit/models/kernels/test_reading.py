"""States that no head reads: left out behind the last attention, and nothing else changes."""

import pytest
import torch
from torch import nn
from transformers import XLMRobertaConfig

from tests.helpers.encoders import SIZES, batch
from xtl.models import HFBackbone
from xtl.models.kernels import block_parts, layout, weights_kept
from xtl.models.kernels.flat_encoder import is_flat
from xtl.models.kernels.reading import reading_of
from xtl.modules.heads import first_only, read_states

LENGTHS = (17, 5, 9, 11)
pytestmark = pytest.mark.usefixtures("halves_of_any_size")


@pytest.fixture
def rows_computed(monkeypatch):
    """Numbers of rows that the second part of each block of a pass is computed of."""
    numbers, compute = [], block_parts.FeedForwardPart.forward

    def forward(ctx, states, *arguments):
        numbers.append(len(states))
        return compute(ctx, states, *arguments)

    monkeypatch.setattr(block_parts.FeedForwardPart, "forward", forward)
    return numbers


def encoder(share=0.0):
    config = XLMRobertaConfig(**SIZES, hidden_dropout_prob=share, attention_probs_dropout_prob=share)
    return HFBackbone.from_config(config).train()


def some(mask, share=0.4):
    return torch.rand(mask.shape, generator=torch.Generator().manual_seed(1)) < share


WHICH = {
    "the first": first_only,
    "some": some,
    "the third of each row": lambda mask: (torch.arange(mask.shape[1]) == 2).expand(mask.shape),
    "all": torch.ones_like,
    "none": torch.zeros_like,
    "none of a half": lambda mask: first_only(mask) & (torch.arange(len(mask)) == 0)[:, None],
    "padding too": lambda mask: some(mask) | (mask == 0),
}


def computed(backbone, inputs, is_read, *, given):
    """States that are read, and gradients of a loss over them."""
    ids, mask = inputs
    backbone.zero_grad()
    torch.manual_seed(3)
    states = backbone(ids, mask, is_read if given else None)
    read = states[is_read.bool() & mask.bool()]
    (read**2 * torch.arange(states.shape[-1])).sum().backward()
    return read.detach(), {name: weight.grad for name, weight in backbone.named_parameters()}


def assert_same(ours, theirs, tolerance):
    torch.testing.assert_close(ours[0], theirs[0], rtol=0, atol=tolerance * theirs[0].abs().max().item())
    largest = max(gradient.abs().max().item() for gradient in theirs[1].values())
    for name, gradient in theirs[1].items():
        torch.testing.assert_close(ours[1][name], gradient, rtol=0, atol=tolerance * largest, msg=name)


@pytest.mark.parametrize("share", [0.0, 0.2], ids=["no dropout", "dropout"])
@pytest.mark.parametrize("lengths", [LENGTHS, (8, 8, 8)], ids=["padded", "no padding"])
@pytest.mark.parametrize("which", WHICH)
def test_what_is_read_and_its_gradients_are_those_of_a_whole_pass(which, lengths, share):
    backbone, inputs = encoder(share).double(), batch(lengths)
    assert is_flat(backbone.encoder)
    is_read = WHICH[which](inputs[1])
    if which == "none":
        states = []
        for given in (is_read, None):
            torch.manual_seed(3)
            states.append(backbone(*inputs, given))
        assert torch.equal(*states)
        return
    ours, theirs = (computed(backbone, inputs, is_read, given=given) for given in (True, False))
    assert_same(ours, theirs, 1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_is_left_out_changes_little_in_lower_precision(dtype):
    backbone, inputs = encoder(0.3), batch(LENGTHS)
    is_read = some(inputs[1])
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
        ours, theirs = (computed(backbone, inputs, is_read, given=given) for given in (True, False))
    assert_same(ours, theirs, 1e-5 if dtype == torch.float32 else 0.03)


def test_behind_the_last_attention_only_what_is_read_is_computed(rows_computed, request):
    backbone, (ids, mask) = encoder(), batch(LENGTHS)
    backbone(ids, mask, first_only(mask))
    first, second, *last = rows_computed
    if request.node.callspec.params["halves_of_any_size"] == "whole":
        assert (first, second, last) == (sum(LENGTHS), sum(LENGTHS), [len(LENGTHS)])
    else:
        spare = 3 if "spare" in request.node.name else 0
        assert sorted(rows_computed)[:2] == [1 + spare, 3 + spare]  # the longest row, and the others
        assert len(rows_computed) == 2 * SIZES["num_hidden_layers"]


def test_states_that_are_not_read_are_0():
    ids, mask = batch(LENGTHS)
    is_read = some(mask)
    states = encoder()(ids, mask, is_read)
    assert not states[~is_read].any()
    assert states[is_read & mask.bool()].any(1).all()


def test_blocks_that_are_computed_a_second_time_leave_out_the_same(rows_computed):
    backbone, inputs = encoder(0.2).double(), batch(LENGTHS)
    is_read = some(inputs[1])
    plain = computed(backbone, inputs, is_read, given=True)
    once = sorted(rows_computed)
    with backbone.recomputed():
        again = computed(backbone, inputs, is_read, given=True)
    assert sorted(rows_computed) == sorted(3 * once)  # there, there again, and on the way back
    assert_same(again, plain, 1e-15)


def test_gradients_can_be_asked_for_twice():
    backbone, (ids, mask) = encoder(0.2).double(), batch(LENGTHS)
    loss = (backbone(ids, mask, some(mask)) ** 2).sum()
    weights = [weight for weight in backbone.parameters() if weight.requires_grad]
    first, second = (
        torch.autograd.grad(loss, weights, retain_graph=retain, allow_unused=True) for retain in (True, False)
    )
    assert all(torch.equal(*pair) for pair in zip(first, second, strict=True) if pair[0] is not None)


@pytest.mark.parametrize("trained", ["bias", "layer.2.", "layer.0.", "embeddings", "layer.2.output.dense"])
def test_frozen_weights_change_nothing_for_the_others(trained):
    backbone, inputs = encoder().double(), batch(LENGTHS)
    is_read = some(inputs[1])
    expected = computed(backbone, inputs, is_read, given=False)
    for name, weight in backbone.named_parameters():
        weight.requires_grad_(trained in name)
    ours = computed(backbone, inputs, is_read, given=True)
    gradients = {name: gradient for name, gradient in ours[1].items() if gradient is not None}
    assert gradients.keys() == {name for name in expected[1] if trained in name}
    assert_same(ours, (expected[0], {name: expected[1][name] for name in gradients}), 1e-12)


def test_a_hook_of_the_backbone_sees_all_states():
    backbone, (ids, mask) = encoder(), batch(LENGTHS)
    seen = []
    backbone.register_forward_hook(lambda module, inputs, states: seen.append(states))
    backbone(ids, mask, first_only(mask))
    assert seen[0][mask.bool()].any(1).all()


def test_a_mask_of_another_shape_is_refused():
    ids, mask = batch(LENGTHS)
    with pytest.raises(ValueError, match=r"is_read: expected .* \(4, 17\), got \(4, 16\)"):
        encoder()(ids, mask, torch.ones(4, 16))


def test_an_encoder_that_knows_nothing_of_it_is_asked_for_all():
    class Plain(nn.Module):
        def forward(self, input_ids, attention_mask):
            return input_ids[..., None] * attention_mask[..., None]

    class Subclass(HFBackbone):
        def forward(self, input_ids, attention_mask):
            return super().forward(input_ids, attention_mask)

    ids, mask = batch(LENGTHS)
    assert torch.equal(read_states(Plain(), ids, mask, first_only(mask)), Plain()(ids, mask))
    backbone = Subclass(encoder().encoder)
    assert read_states(backbone, ids, mask, first_only(mask))[mask.bool()].any(1).all()
    backbone = encoder()
    backbone.forward = Plain().forward
    assert torch.equal(read_states(backbone, ids, mask, first_only(mask)), Plain()(ids, mask))


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("lengths", [LENGTHS, (8, 8, 8)], ids=["padded", "no padding"])
def test_an_evaluation_in_half_precision_reads_the_same(lengths, keeps):
    backbone, (ids, mask) = encoder().eval(), batch(lengths)
    is_read = some(mask)
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        assert is_flat(backbone.encoder)
        theirs = backbone(ids, mask)
        with weights_kept(backbone) if keeps else torch.no_grad():
            ours = backbone(ids, mask, is_read)
    read = is_read & mask.bool()
    torch.testing.assert_close(ours[read], theirs[read], rtol=0, atol=0.03)
    assert not ours[~read].any()


def test_other_layers_compute_all_states():
    ids, mask = batch(LENGTHS)
    backbone = encoder()
    backbone.blocks[0].register_forward_hook(lambda *_: None)
    assert torch.equal(backbone(ids, mask, first_only(mask)), backbone(ids, mask))


@pytest.mark.parametrize("is_read", [None, torch.ones(1, 3), torch.zeros(1, 3)], ids=["all", "ones", "none"])
def test_a_batch_of_which_all_or_nothing_is_read_is_computed_whole(is_read):
    batch_whole = layout.whole(torch.ones(1, 3), torch.float32)
    assert reading_of(is_read, *batch_whole, torch.float32) is None
