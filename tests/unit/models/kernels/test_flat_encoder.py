"""Flat passes in training and evaluation: which encoders have them, padding, frozen weights, dropout."""

import gc
from contextlib import nullcontext

import pytest
import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook
from transformers import BertConfig, ElectraConfig, XLMRobertaConfig

from tests.helpers.encoders import SIZES, batch
from xtl.models import HFBackbone
from xtl.models.kernels import (
    block_parts,
    flat_encoder,
    layout,
    trained_blocks,
    use_kernels,
    weighted_sums,
    weights_kept,
)
from xtl.models.kernels.block_parts import Settings
from xtl.models.kernels.flat_encoder import is_flat
from xtl.models.kernels.layout import PartLayouts, layout_of, spare_rows
from xtl.models.kernels.plain_blocks import settings_of
from xtl.models.kernels.reading import Rows
from xtl.models.kernels.trained_blocks import TrainedBlock, trained_states
from xtl.models.kernels.weighted_sums import key_width
from xtl.models.tuning import Tuning, tuned

pytestmark = pytest.mark.usefixtures("halves_of_any_size")


NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


def encoder(config=XLMRobertaConfig, **more):
    return HFBackbone.from_config(config(**SIZES, **NO_DROPOUT, **more)).double().train()


def gradients(backbone, inputs, states_of=None):
    ids, mask = inputs
    backbone.zero_grad()
    states = (states_of or backbone)(ids, mask)
    (states**2 * mask[..., None] * torch.arange(states.shape[-1])).sum().backward()
    return {
        name: weight.grad.clone() for name, weight in backbone.named_parameters() if weight.grad is not None
    }


def assert_same(ours, theirs):
    assert ours.keys() == theirs.keys()
    largest = max(gradient.abs().max() for gradient in theirs.values())
    for name, gradient in theirs.items():
        torch.testing.assert_close(ours[name], gradient, rtol=1e-9, atol=1e-12 * largest, msg=name)


def test_padding_changes_no_state_and_no_gradient():
    backbone = encoder()
    narrow, wide = batch(), batch(width=41)
    wide[0][:, :17] = narrow[0]
    torch.testing.assert_close(backbone(*wide)[:, :17], backbone(*narrow), rtol=0, atol=1e-13)
    assert_same(gradients(backbone, wide), gradients(backbone, narrow))


def test_the_mask_decides_not_the_place():
    """Padding in front, as some tokenizers have it, and in between."""
    backbone = encoder(BertConfig)
    ids, mask = batch((9, 9))
    mask[0, :3] = 0
    mask[1, 4] = 0
    states = backbone(ids, mask)
    assert is_flat(backbone.encoder)
    use_kernels(backbone, fast=False)
    theirs = backbone(ids, mask) * mask[..., None]
    torch.testing.assert_close(states, theirs, rtol=0, atol=1e-12)
    assert not states[mask == 0].any()


@pytest.mark.parametrize("lengths", [(17, 5, 9), (8, 8)], ids=["padded", "no padding"])
def test_a_gradient_that_is_one_number_spread_out_is_that_of_transformers(lengths):
    backbone, (ids, mask) = encoder(), batch(lengths)

    def trained():
        backbone.zero_grad()
        backbone(ids, mask)[mask.bool()].sum().backward()
        backbone(ids, mask).mul(mask[..., None]).sum().backward()
        return {name: weight.grad.clone() for name, weight in backbone.named_parameters()}

    ours = trained()
    use_kernels(backbone, fast=False)
    assert_same(ours, trained())


def test_all_layers_are_those_of_transformers():
    backbone, inputs = encoder(), batch()
    ours = backbone.all_states(*inputs)
    use_kernels(backbone, fast=False)
    theirs = backbone.all_states(*inputs)
    assert len(ours) == len(theirs) == 4
    for own, states in zip(ours, theirs, strict=True):
        torch.testing.assert_close(own, states * inputs[1][..., None], rtol=0, atol=1e-12)


def test_a_gradient_of_a_middle_layer_is_that_of_transformers():
    backbone, inputs = encoder(), batch()
    ours = gradients(backbone, inputs, lambda *parts: backbone.all_states(*parts)[2])
    use_kernels(backbone, fast=False)
    theirs = gradients(backbone, inputs, lambda *parts: backbone.all_states(*parts)[2])
    assert not any("layer.2" in name for name in ours)
    assert_same(ours, theirs)


@pytest.mark.parametrize(
    "tuning",
    [Tuning(name="bitfit"), Tuning(name="layernorm"), Tuning(name="freeze_n", layers=1)],
    ids=lambda tuning: tuning.name,
)
def test_weights_that_are_not_trained_get_no_gradient(tuning):
    backbone, inputs = encoder(), batch()
    with tuned(backbone, tuning):
        assert is_flat(backbone.encoder)
        ours = gradients(backbone, inputs)
        use_kernels(backbone, fast=False)
        assert_same(ours, gradients(backbone, inputs))


def test_a_gradient_that_no_one_needs_is_not_computed(monkeypatch):
    computed = []
    original = trained_blocks.linear_gradients

    def counted(pairs, dtype, needs):
        computed.append(needs)
        return original(pairs, dtype, needs)

    monkeypatch.setattr(trained_blocks, "linear_gradients", counted)
    backbone = encoder()
    with tuned(backbone, Tuning(name="bitfit")):
        gradients(backbone, batch())
    assert set(computed) == {(False, True)}


def hooked(backbone):
    backbone.blocks[1].register_forward_hook(lambda *_: None)


def adapted(backbone):
    context = tuned(backbone, Tuning(name="adapter", units=4))
    context.__enter__()
    backbone.context = context  # not closed before the test ends


def with_matrices(backbone):
    context = tuned(backbone, Tuning(name="lora", targets=("query",)))
    context.__enter__()
    backbone.context = context


def of_another_norm(backbone):
    backbone.blocks[0].output.LayerNorm = nn.RMSNorm(32)


def of_another_forward(backbone):
    backbone.blocks[2].attention.forward = lambda *_, **__: None


def of_another_class(backbone):
    class Quiet(type(backbone.blocks[0].intermediate)):
        """A part that someone else has written."""

    backbone.blocks[0].intermediate.__class__ = Quiet


def of_another_stack(backbone):
    class Quiet(type(backbone.encoder.encoder)):
        """A stack that someone else has written."""

    backbone.encoder.encoder.__class__ = Quiet


CHANGES = {
    "hooks": hooked,
    "a hook at the encoder": lambda backbone: backbone.encoder.register_forward_hook(print),
    "a hook at the stack": lambda backbone: backbone.encoder.encoder.register_forward_pre_hook(print),
    "a backward hook": lambda backbone: backbone.blocks[0].output.register_full_backward_hook(print),
    "adapters": adapted,
    "matrices": with_matrices,
    "another norm": of_another_norm,
    "another forward": of_another_forward,
    "another class": of_another_class,
    "another stack": of_another_stack,
    "another forward of the stack": lambda backbone: setattr(backbone.encoder.encoder, "forward", print),
    "another forward of the encoder": lambda backbone: setattr(backbone.encoder, "forward", print),
    "no bias": lambda backbone: setattr(backbone.blocks[0].output.dense, "bias", None),
    "other weights": lambda backbone: nn.utils.parametrizations.weight_norm(backbone.blocks[1].output.dense),
    "all dropped": lambda backbone: setattr(backbone.blocks[0].output.dropout, "p", 0.9999999),
    "chunks": lambda backbone: setattr(backbone.encoder.config, "chunk_size_feed_forward", 2),
    "eager attention": lambda backbone: backbone.encoder.set_attn_implementation("eager"),
    "evaluation": lambda backbone: backbone.eval(),
    "torch's kernels": lambda backbone: use_kernels(backbone, fast=False),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_encoder_is_computed_by_its_own_layers(change):
    backbone = encoder()
    assert is_flat(backbone.encoder)
    change(backbone)
    assert not is_flat(backbone.encoder)


def test_hooks_of_all_modules_see_the_blocks():
    backbone, seen = encoder(), []
    hook = register_module_forward_hook(lambda module, *_: seen.append(module))
    try:
        backbone(*batch())
    finally:
        hook.remove()
    assert set(backbone.blocks) <= set(seen)
    assert is_flat(backbone.encoder)


@pytest.mark.parametrize(
    ("config", "more"),
    [(ElectraConfig, {}), (BertConfig, {"hidden_act": "relu"}), (BertConfig, {"is_decoder": True})],
    ids=["ELECTRA", "ReLU", "decoder"],
)
def test_other_encoders_are_computed_by_their_own_layers(config, more):
    assert not is_flat(encoder(config, **more).encoder)


def test_what_an_evaluation_leaves_at_blocks_is_no_hook_of_anyone():
    backbone = encoder()
    backbone.eval()
    with torch.inference_mode():
        backbone.all_states(*batch())
    backbone.train()
    assert any(block._forward_hooks for block in backbone.blocks)
    assert is_flat(backbone.encoder)


@pytest.mark.parametrize("place", ["hidden_dropout_prob", "attention_probs_dropout_prob"])
def test_each_dropout_is_drawn_from_the_seed(place):
    config = XLMRobertaConfig(**SIZES, **{**NO_DROPOUT, place: 0.2})
    backbone, (ids, mask) = HFBackbone.from_config(config).train(), batch((6, 4))
    backbone.encoder.embeddings.dropout.p = 0.0

    def states(seed):
        torch.manual_seed(seed)
        return backbone(ids, mask).detach()

    assert is_flat(backbone.encoder)
    assert torch.equal(states(1), states(1))
    assert not torch.equal(states(1), states(2))
    # In evaluation nothing is drawn.
    assert torch.equal(evaluated(backbone, (ids, mask))[-1], evaluated(backbone, (ids, mask))[-1])


def test_rates_are_those_of_the_encoder():
    config = XLMRobertaConfig(**SIZES, hidden_dropout_prob=0.25, attention_probs_dropout_prob=0.125)
    block = HFBackbone.from_config(config).train().blocks[0]
    attention, feed_forward = settings_of(block, torch.float32)
    assert (attention.share, attention.attention_share, feed_forward.share) == (0.25, 0.125, 0.25)
    assert attention.num_heads == 4
    attention, feed_forward = settings_of(block.eval(), torch.float32)
    assert (attention.share, attention.attention_share, feed_forward.share) == (0, 0, 0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_dropout_leaves_has_the_mean_of_what_was_there(dtype):
    torch.manual_seed(0)
    states, added = torch.full((2000, 50), 3.0), torch.full((2000, 50), 2.0, dtype=dtype)
    settings = Settings(dtype, share=0.25, eps=1e-5)
    _, (total, _, _, _) = block_parts.added_and_normed(
        states,
        added,
        torch.ones(50),
        torch.zeros(50),
        block_parts.PartPass(settings, Rows(None, None, 2000, 0)),
    )
    assert sorted(total.unique().tolist()) == [3.0, pytest.approx(3 + 2 / 0.75)]
    assert total.mean().item() == pytest.approx(5, abs=0.02)


def test_attention_that_is_dropped_keeps_the_mean():
    torch.manual_seed(0)
    query = torch.zeros(4, 2, 100, 8)
    value = torch.eye(100).expand(4, 2, 100, 100)
    states, _ = weighted_sums.attend(query, query, value, None, num_keys=100, share=0.2, scaling=1.0)
    assert states.mean().item() == pytest.approx(0.01, rel=0.01)
    assert (states == 0).double().mean().item() == pytest.approx(0.2, abs=0.01)


def block_weights():
    """Weights of a block with states of 4 numbers and 6 in between."""
    generator = torch.Generator().manual_seed(1)
    shapes = [*[(4, 4), (4,)] * 4, (4,), (4,), (6, 4), (6,), (4, 6), (4,), (4,), (4,)]
    return [torch.randn(shape, dtype=torch.float64, generator=generator) / 2 for shape in shapes]


@pytest.mark.parametrize("lengths", [(3, 1), (2, 2), (3, 3)], ids=["padded", "no padding", "more keys"])
@pytest.mark.parametrize("entries", [1, 1 << 19])
def test_gradients_are_those_of_finite_differences(monkeypatch, request, lengths, entries):
    monkeypatch.setattr(weighted_sums, "_CHUNK", entries)
    _, mask = batch(lengths)
    whole = layout_of(mask, torch.float64)
    halves = layout.halved(mask, 4, torch.float64)
    assert (halves is None) == ("whole" in request.node.name)
    parts = PartLayouts([whole], [int(mask.sum())])
    if halves is not None:
        parts = halves.parts
    attention = Settings(torch.float64, share=0.3, eps=1e-5, num_heads=2, attention_share=0.3)
    settings = (attention, Settings(torch.float64, share=0.2, eps=1e-5))
    states = torch.randn(int(mask.sum()), 4, dtype=torch.float64, requires_grad=True)
    weights = [weight.requires_grad_() for weight in block_weights()]

    def computed(states, *weights):
        return trained_states(states, parts, [TrainedBlock(settings, weights, (3, 4))], last_only=True)

    assert torch.autograd.gradcheck(computed, (states, *weights))


@pytest.mark.parametrize("is_recomputed", [False, True])
def test_a_graph_that_is_retained_gives_its_gradients_again(is_recomputed):
    config = XLMRobertaConfig(**SIZES, hidden_dropout_prob=0.2, attention_probs_dropout_prob=0.2)
    backbone, (ids, mask) = HFBackbone.from_config(config).train(), batch()
    with backbone.recomputed() if is_recomputed else nullcontext():
        layers = backbone.all_states(ids, mask)
    weights = [weight for name, weight in backbone.named_parameters() if "layer" in name]

    def found(layer, **more):
        loss = (layers[layer] ** 2 * mask[..., None] * torch.arange(32)).sum()
        return torch.autograd.grad(loss, weights, allow_unused=True, **more)

    first = found(-1, retain_graph=True) + found(2, retain_graph=True)
    second = found(-1, retain_graph=True) + found(2)
    assert first.count(None) == second.count(None) == len(weights) // 3
    assert all(one is None or torch.equal(one, other) for one, other in zip(first, second, strict=True))
    with pytest.raises(RuntimeError, match="second time"):
        found(2)


def test_hooks_of_weights_are_called_once_with_the_gradient_of_the_whole_batch():
    backbone, inputs = encoder(), batch()
    expected, seen = gradients(backbone, inputs), []
    for name, weight in backbone.named_parameters():
        weight.register_hook(lambda grad, name=name: seen.append((name, grad.clone())))
    assert_same(gradients(backbone, inputs), expected)
    assert_same(dict(seen), expected)
    assert len(seen) == len(expected)


def test_dropout_and_gradients_are_the_same_in_threads_and_one_after_the_other(monkeypatch):
    config = XLMRobertaConfig(**SIZES, hidden_dropout_prob=0.2, attention_probs_dropout_prob=0.2)
    backbone, inputs = HFBackbone.from_config(config, seed=1).train(), batch((30, 20, 20, 9))

    def trained(in_threads):
        monkeypatch.setattr(trained_blocks, "can_share_evenly", lambda number: in_threads)
        torch.manual_seed(4)
        return gradients(backbone, inputs)

    ours, theirs = trained(True), trained(False)
    assert all(torch.equal(ours[name], gradient) for name, gradient in theirs.items())


def test_what_a_loss_holds_after_its_gradients_is_no_state():
    """Neither states nor weights in other precisions: the loss of an update lives until the next one."""
    backbone, (ids, mask) = encoder(), batch()
    loss = backbone(ids, mask).sum()
    held = [part for part in gc.get_objects() if isinstance(part, trained_blocks._Pass) and part._parts]
    assert len(held) == 1
    loss.backward()
    assert not held[0]._parts
    assert not held[0]._leaves
    assert held[0]._inputs is None
    assert loss.grad_fn is not None


def test_a_recomputed_pass_holds_the_states_before_its_blocks_alone():
    backbone, (ids, mask) = encoder(), batch()
    with backbone.recomputed():
        loss = backbone(ids, mask).sum()
    held = [
        part
        for part in gc.get_objects()
        if isinstance(part, trained_blocks._Pass) and part._inputs is not None
    ]
    assert len(held) == 3
    assert not any(part._parts or part._leaves for part in held)
    loss.backward()
    assert not any(part._parts or part._leaves or part._inputs is not None for part in held)


@pytest.mark.parametrize(
    "trained", [("query.weight",), ("key.weight",), ("LayerNorm",), ("value", "output.dense.bias")]
)
def test_any_weights_of_a_block_may_be_frozen(trained):
    backbone, inputs = encoder(), batch()
    for name, weight in backbone.named_parameters():
        weight.requires_grad_("layer" in name and any(part in name for part in trained))
    ours = gradients(backbone, inputs)
    use_kernels(backbone, fast=False)
    assert_same(ours, gradients(backbone, inputs))


def test_gradients_of_two_layers_and_of_two_batches_add_up():
    """As those of micro-batches do, and of sentence encoders with two views."""
    backbone, inputs = encoder(), [batch(), batch((4, 12))]

    def trained():
        backbone.zero_grad()
        for ids, mask in inputs:
            layers = backbone.all_states(ids, mask)
            (sum((layers[number] ** 2 * mask[..., None]).sum() for number in (1, 3)) * len(ids)).backward()
        return {name: weight.grad.clone() for name, weight in backbone.named_parameters()}

    ours = trained()
    use_kernels(backbone, fast=False)
    assert_same(ours, trained())


def test_batches_of_some_size_are_halved_by_their_rows_and_small_ones_are_not(monkeypatch):
    monkeypatch.undo()
    lengths = (40, 38, 37, 35, 33, 30, 30, 28, 25, 22, 20, 20)
    _, mask = batch(lengths)
    halves = layout.halved(mask, 384, torch.bfloat16)
    assert sum(halves.parts.sizes) == sum(lengths)
    assert abs(halves.parts.sizes[0] - halves.parts.sizes[1]) < max(lengths)
    assert [part.shape for part in halves.parts.layouts] == [(5, 40), (7, 30)]
    assert layout.halved(mask[:9], 384, torch.bfloat16) is None
    assert layout.halved(mask[:1], 1 << 20, torch.bfloat16) is None


def test_halves_have_masks_of_their_own():
    """Rows that are alike, one in each half, are dropped differently."""
    config = XLMRobertaConfig(**SIZES, hidden_dropout_prob=0.2, attention_probs_dropout_prob=0.0)
    backbone, (ids, mask) = HFBackbone.from_config(config).train(), batch((12,))
    backbone.encoder.embeddings.dropout.p = 0.0
    first, second = backbone(ids.expand(2, -1), mask.expand(2, -1))
    assert not torch.equal(first, second)


def test_a_row_of_padding_alone_has_no_gradient():
    backbone = encoder()
    ids, mask = batch((5, 3, 4))
    ids[2], mask[2] = 1, 0
    with_it = gradients(backbone, (ids, mask))
    assert all(gradient.isfinite().all() for gradient in with_it.values())
    assert_same(with_it, gradients(backbone, (ids[:2], mask[:2])))


def test_spare_rows_are_few_and_leave_few_numbers_of_rows():
    rows = [tokens + spare_rows(tokens, torch.bfloat16) for tokens in range(1, 4096)]
    assert all(tokens <= number <= tokens * 33 / 32 for tokens, number in enumerate(rows, 1))
    assert len(set(rows)) == 64 + 6 * 32
    assert rows[:64] == list(range(1, 65))
    assert not any(spare_rows(tokens, torch.float32) for tokens in range(1, 4096))


def test_a_half_has_spare_rows_in_half_precision_if_some_place_has_no_token(monkeypatch):
    monkeypatch.setattr(layout, "_LEAST", 0)
    monkeypatch.setattr(layout, "spare_rows", spare_rows)
    mask = (torch.arange(90) < torch.tensor([[90], [90], [75], [20]])).long()
    spare = {
        dtype: [half.spare for half in layout.halved(mask, 384, dtype).parts.layouts]
        for dtype in (torch.bfloat16, torch.float32)
    }
    assert spare == {torch.bfloat16: [0, 1], torch.float32: [0, 0]}


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_keys_fill_whole_registers_or_leave_a_few_entries(dtype):
    lanes = 64 // dtype.itemsize
    for length in range(1, 200):
        width = key_width(length, dtype)
        assert width in (length, length + -length % lanes)
        assert width % lanes <= 2


def evaluated(backbone, inputs, *, precision=torch.bfloat16):
    backbone.eval()
    with torch.inference_mode(), torch.autocast("cpu", dtype=precision, enabled=precision != torch.float32):
        return backbone.all_states(*inputs)


@pytest.mark.parametrize("lengths", [(17, 5, 9), (32, 32), (70, 66, 3)], ids=["short", "full", "long"])
def test_an_evaluation_in_bfloat16_is_as_near_to_the_truth_as_torch_s(lengths):
    inputs = batch(lengths)
    errors = []
    for fast in (True, False):
        backbone = encoder()
        truth = backbone(*inputs).detach()
        backbone.float()
        use_kernels(backbone, fast=fast)
        states = evaluated(backbone, inputs)[-1]
        errors.append(((states.double() - truth) * inputs[1][..., None]).norm().item())
    assert errors[0] < 1.2 * errors[1]


def test_an_evaluation_in_32_bits_is_torch_s_to_the_bit():
    backbone, inputs = encoder().float(), batch()
    states = evaluated(backbone, inputs, precision=torch.float32)
    use_kernels(backbone, fast=False)
    for own, theirs in zip(states, evaluated(backbone, inputs, precision=torch.float32), strict=True):
        assert torch.equal(own, theirs)


def test_in_an_evaluation_other_rows_and_padding_change_nothing_beyond_rounding():
    backbone, (ids, mask) = encoder().float(), batch()
    together = evaluated(backbone, (ids, mask))[-1]
    for row, length in enumerate(mask.sum(1)):
        alone = evaluated(backbone, (ids[row, None, :length], mask[row, None, :length]))[-1]
        torch.testing.assert_close(alone[0], together[row, :length], rtol=0, atol=0.05)


@pytest.mark.parametrize("entries", [1, 1 << 19])
def test_an_evaluation_is_the_same_however_much_is_computed_at_once(monkeypatch, entries):
    backbone, inputs = encoder().float(), batch()
    states = evaluated(backbone, inputs)[-1]
    monkeypatch.setattr(weighted_sums, "_CHUNK", entries)
    torch.testing.assert_close(evaluated(backbone, inputs)[-1], states, rtol=0, atol=1e-6)


def test_weights_that_change_between_evaluations_are_read_again():
    backbone, inputs = encoder().float(), batch()
    with weights_kept(backbone):
        before = evaluated(backbone, inputs)[-1]
        assert len(flat_encoder._KEPT[backbone.encoder]) == 1
        assert torch.equal(evaluated(backbone, inputs)[-1], before)
    assert backbone.encoder not in flat_encoder._KEPT
    backbone.blocks[0].output.dense.weight.data.zero_()  # as merged adapters change them, unseen by autograd
    assert not torch.equal(evaluated(backbone, inputs)[-1], before)


def test_weights_are_not_kept_where_an_evaluation_is_given_up():
    backbone = encoder().float()

    def interrupted():
        with weights_kept(backbone):
            evaluated(backbone, batch())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert backbone.encoder not in flat_encoder._KEPT


def test_training_drops_what_an_evaluation_that_did_not_end_has_kept():
    backbone = encoder().float()
    with weights_kept(backbone):
        evaluated(backbone, batch())
        backbone.train()(*batch())
        assert backbone.encoder not in flat_encoder._KEPT


def test_layers_are_a_sequence():
    states = encoder().all_states(*batch())
    assert len(states) == 4
    assert torch.equal(states[-1], states[3])
    assert [layer.shape for layer in states[1:]] == [(3, 17, 32)] * 3
    with pytest.raises(IndexError):
        states[4]


def test_in_bfloat16_gradients_are_as_near_to_the_truth_as_torch_s():
    inputs = batch((37, 30, 33))
    truth = gradients(encoder(), inputs)
    errors = []
    for fast in (True, False):
        backbone = encoder().float()
        use_kernels(backbone, fast=fast)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found = gradients(backbone, inputs)
        errors.append(sum(((found[name].double() - truth[name]) ** 2).sum().item() for name in truth) ** 0.5)
    assert errors[0] < 1.2 * errors[1]


def test_double_precision_stays_double_under_autocast():
    backbone, inputs = encoder(), batch()
    states = backbone(*inputs)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(backbone(*inputs), states)


@pytest.mark.parametrize("rows", [0, 2])
def test_a_batch_without_a_token_is_left_to_the_encoder(rows):
    backbone = encoder()
    ids = torch.ones(rows, 4, dtype=torch.long)
    states = flat_encoder.flat_states(backbone.encoder, backbone.inputs(ids, torch.zeros_like(ids)))
    assert states is None


def test_an_evaluation_of_a_block_in_train_mode_is_left_to_the_encoder():
    backbone = encoder().float().eval()
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        assert is_flat(backbone.encoder)
        backbone.blocks[1].train()
        assert not is_flat(backbone.encoder)


def test_two_evaluations_of_one_encoder_keep_weights_of_their_own():
    backbone = encoder().float()
    first, second = weights_kept(backbone), weights_kept(backbone)
    first.__enter__()
    second.__enter__()
    evaluated(backbone, batch())
    first.__exit__(None, None, None)
    assert len(flat_encoder._KEPT[backbone.encoder]) == 1
    second.__exit__(None, None, None)
    assert backbone.encoder not in flat_encoder._KEPT


def test_only_the_last_layer_is_held_where_only_that_is_read():
    backbone = encoder()
    inputs = backbone.inputs(*batch())
    every = flat_encoder.flat_states(backbone.encoder, inputs)
    last = flat_encoder.flat_states(backbone.encoder, inputs, last_only=True)
    assert (len(every), len(last)) == (4, 1)
    assert torch.equal(every[-1], last[-1])
