"""Passes that are recorded and replayed: with what stands in for a CUDA graph on a CPU."""

import pytest
import torch
from torch import nn
from transformers import BertConfig

from xtl.models import HFBackbone, tiny
from xtl.models.kernels.cuda import graphs
from xtl.models.kernels.cuda.graphed_pass import states_with
from xtl.models.kernels.cuda.graphs import GraphedEncoder


class Computed:
    """A pass that is computed at each replay; states and gradients lie where a graph would leave them."""

    def __init__(self, reading, ids, mask, gradients):
        self.reading, self.gradients = reading, gradients
        leaves = {name: weight.detach().requires_grad_() for weight, name in gradients.names.items()}
        self.states = states_with(leaves, reading, ids, mask).detach().clone()

    def forward(self, ids, mask):
        with torch.enable_grad():
            self.computed = self.reading(ids, mask)
        return self.states.copy_(self.computed.detach())

    def backward(self, grad):
        weights = list(self.gradients.of)
        grads = torch.autograd.grad(self.computed, weights, grad, allow_unused=True)
        read = {weight: grad for weight, grad in zip(weights, grads, strict=True) if grad is not None}
        self.gradients.put_in_place(list(read))
        for weight, grad in read.items():
            self.gradients.of[weight] += grad


class Recorder:
    """Counts what is recorded."""

    def __init__(self):
        self.shapes = []

    def __call__(self, reading, ids, mask, gradients):
        self.shapes.append(tuple(ids.shape))
        return Computed(reading, ids, mask, gradients)


@pytest.fixture
def backbone():
    backbone = tiny().backbone
    for part in backbone.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
    return backbone


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def graphed(backbone, recorder):
    return GraphedEncoder(
        backbone.encoder, backbone._last_states, longest=backbone.max_positions, record=recorder
    )


def batch(length, rows=3, seed=0):
    """Ids and mask; the second row is a token shorter."""
    draw = torch.Generator().manual_seed(seed)
    ids = torch.randint(5, 90, (rows, length), generator=draw)
    mask = torch.ones_like(ids)
    mask[1, -1] = 0
    return ids, mask


def loss_of(states, mask):
    return (states.square().sum(-1) * mask).sum() / mask.sum()


def gradients(backbone):
    return {
        name: weight.grad.clone() for name, weight in backbone.named_parameters() if weight.grad is not None
    }


def expected(backbone, *batches):
    """Gradients of the sum of losses, without graphs."""
    backbone.zero_grad()
    for ids, mask in batches:
        loss_of(backbone(ids, mask), mask).backward()
    found = gradients(backbone)
    backbone.zero_grad()
    return found


def assert_same(found, wanted):
    assert found.keys() == wanted.keys()
    for name, grad in wanted.items():
        torch.testing.assert_close(found[name], grad, rtol=1e-4, atol=1e-6, msg=name)


def test_gradients_are_those_of_the_encoder_at_every_update(backbone, graphed, recorder):
    for update in range(6):
        ids, mask = batch((5, 8, 11)[update % 3], seed=update)
        wanted = expected(backbone, (ids, mask))
        states = graphed(ids, mask)
        assert states.shape == (3, ids.shape[1], backbone.hidden_size)
        loss_of(states, mask).backward()
        assert_same(gradients(backbone), wanted)
        backbone.zero_grad()
    assert recorder.shapes == [(3, 8), (3, 16)]  # lengths of 5 and 8 are one shape


def test_segments_of_pairs_are_those_of_each_batch(recorder):
    config = BertConfig(
        vocab_size=100, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    backbone = HFBackbone.from_config(config)
    backbone.separator = 3
    graphed = GraphedEncoder(backbone.encoder, backbone._last_states, longest=512, record=recorder)
    for update in range(4):  # the pair is parted elsewhere each time, and lengths are padded
        ids, mask = batch((7, 8)[update % 2], seed=update)
        ids[:, 2 + update % 3] = 3
        wanted = expected(backbone, (ids, mask))
        loss_of(graphed(ids, mask), mask).backward()
        assert_same(gradients(backbone), wanted)
        backbone.zero_grad()
    assert recorder.shapes == [(3, 8)]


def test_parts_of_an_update_add_up(backbone, graphed):
    parts = [batch(7, seed=1), batch(12, seed=2), batch(7, seed=3)]
    for _ in range(3):
        wanted = expected(backbone, *parts)
        for ids, mask in parts:
            loss_of(graphed(ids, mask), mask).backward()
        assert_same(gradients(backbone), wanted)
        backbone.zero_grad()


def test_gradients_that_were_there_before_stay_in_the_sum(backbone, graphed):
    ids, mask = batch(8)
    loss_of(graphed(ids, mask), mask).backward()  # computed
    backbone.zero_grad()
    wanted = expected(backbone, (ids, mask), (ids, mask))
    loss_of(backbone(ids, mask), mask).backward()
    loss_of(graphed(ids, mask), mask).backward()  # replayed
    assert_same(gradients(backbone), wanted)


def test_two_texts_of_an_update_are_not_mixed_up(backbone, graphed):
    one, other = batch(8, seed=1), batch(8, seed=2)
    for _ in range(3):
        backbone.zero_grad()
        (backbone(*one) * backbone(*other)).sum().backward()
        wanted = gradients(backbone)
        backbone.zero_grad()
        (graphed(*one) * graphed(*other)).sum().backward()
        assert_same(gradients(backbone), wanted)


def test_a_pass_without_a_backward_pass_is_forgotten(backbone, graphed, recorder):
    ids, mask = batch(8)
    for _ in range(3):
        graphed(ids, mask)
    wanted = expected(backbone, (ids, mask))
    loss_of(graphed(ids, mask), mask).backward()
    assert_same(gradients(backbone), wanted)
    assert recorder.shapes == [(3, 8)]
    assert graphed._passes


def test_frozen_weights_get_no_gradient(backbone, graphed, recorder):
    backbone.encoder.embeddings.requires_grad_(False)
    ids, mask = batch(8)
    for _ in range(2):
        wanted = expected(backbone, (ids, mask))
        loss_of(graphed(ids, mask), mask).backward()
        assert_same(gradients(backbone), wanted)
    assert recorder.shapes


def test_an_encoder_that_is_not_trained_is_not_recorded(backbone, graphed, recorder):
    backbone.requires_grad_(False)
    ids, mask = batch(8)
    for _ in range(3):
        assert not graphed(ids, mask).requires_grad
    assert not recorder.shapes


def test_weights_that_were_moved_are_read_where_they_are(backbone, graphed, caplog):
    ids, mask = batch(8)
    for _ in range(2):
        loss_of(graphed(ids, mask), mask).backward()
    for weight in backbone.parameters():
        weight.data = weight.data.clone() * 1.1
    backbone.zero_grad()
    wanted = expected(backbone, (ids, mask))
    loss_of(graphed(ids, mask), mask).backward()
    assert_same(gradients(backbone), wanted)
    assert "the weights were moved" in caplog.text


@pytest.mark.parametrize("kind", [RuntimeError, ValueError, TypeError])
def test_an_encoder_that_cannot_be_recorded_is_computed(kind, backbone, caplog):
    def fails(*_):
        raise kind("operation not permitted when stream is capturing")

    graphed = GraphedEncoder(backbone.encoder, backbone._last_states, record=fails)
    ids, mask = batch(8)
    for _ in range(3):
        wanted = expected(backbone, (ids, mask))
        loss_of(graphed(ids, mask), mask).backward()
        assert_same(gradients(backbone), wanted)
    assert [record.message for record in caplog.records] == [
        "training goes on without CUDA graphs: operation not permitted when stream is capturing"
    ]


def test_no_input_is_padded_beyond_the_positions(backbone, recorder):
    graphed = GraphedEncoder(backbone.encoder, backbone._last_states, longest=13, record=recorder)
    ids, mask = batch(13)
    for _ in range(2):
        assert graphed(ids, mask).shape[1] == 13
    assert recorder.shapes == [(3, 13)]


@pytest.mark.parametrize(
    ("length", "longest", "recorded"), [(8, None, [(3, 16)]), (8, 16, [(3, 16)]), (8, 8, []), (13, 13, [])]
)
def test_a_batch_without_padding_is_computed_with_a_mask_or_never_recorded(
    length, longest, recorded, backbone, recorder, monkeypatch
):
    """transformers leaves the mask out where nothing is padded, but in a recording."""
    masks = []
    compute = backbone._last_states
    monkeypatch.setattr(
        backbone, "_last_states", lambda ids, mask, is_read=None: masks.append(mask) or compute(ids, mask)
    )
    graphed = GraphedEncoder(backbone.encoder, backbone._last_states, longest=longest, record=recorder)
    ids, mask = batch(length)
    mask[:] = 1
    for _ in range(3):
        wanted = expected(backbone, (ids, mask))
        masks.clear()
        loss_of(graphed(ids, mask), mask).backward()
        assert_same(gradients(backbone), wanted)
        assert {bool(mask.all()) for mask in masks} == {not recorded}
    assert recorder.shapes == recorded


def test_where_memory_is_short_nothing_is_recorded_or_kept(graphed, recorder, monkeypatch, caplog):
    monkeypatch.setattr(graphs, "_has_memory", lambda device: False)
    ids, mask = batch(8)
    for _ in range(3):
        loss_of(graphed(ids, mask), mask).backward()
    assert not recorder.shapes
    assert graphed._gradients is None
    assert caplog.text.count("too little memory") == 1


def test_graphs_make_room_for_a_larger_batch(backbone, graphed, recorder, monkeypatch, caplog):
    ids, mask = batch(8)
    for _ in range(2):
        loss_of(graphed(ids, mask), mask).backward()
    monkeypatch.setattr(graphs, "_has_memory", lambda device: False)
    shorter = batch(5)
    loss_of(graphed(shorter[0][:2], shorter[1][:2]), shorter[1][:2]).backward()
    assert graphed._passes
    longer = batch(20)
    backbone.zero_grad()
    wanted = expected(backbone, longer)
    loss_of(graphed(*longer), longer[1]).backward()
    assert_same(gradients(backbone), wanted)
    assert not graphed._passes
    assert "a batch that is larger" in caplog.text


def test_graphs_make_room_for_a_full_batch_that_is_never_recorded(backbone, recorder, monkeypatch, caplog):
    graphed = GraphedEncoder(backbone.encoder, backbone._last_states, longest=16, record=recorder)
    ids, mask = batch(8)
    for _ in range(2):
        loss_of(graphed(ids, mask), mask).backward()
    monkeypatch.setattr(graphs, "_has_memory", lambda device: False)
    ids, mask = batch(16)
    graphed(ids, torch.ones_like(mask))
    assert not graphed._passes
    assert "a batch that is larger" in caplog.text


def test_an_encoder_of_another_kind_is_computed_as_ever(backbone, monkeypatch):
    monkeypatch.setattr(backbone.encoder.config, "model_type", "mpnet")
    monkeypatch.setattr(GraphedEncoder, "__call__", lambda *_: pytest.fail("recorded"))
    with backbone.graphed():
        backbone(*batch(8))


def test_the_block_of_a_backbone_computes_training_passes_alone(backbone, monkeypatch):
    calls = []
    monkeypatch.setattr(GraphedEncoder, "__call__", lambda self, ids, mask: calls.append(ids.shape))
    ids, mask = batch(8)
    with backbone.graphed():
        backbone(ids, mask)
        with torch.no_grad():
            backbone(ids, mask)
        backbone.eval()
        backbone(ids, mask)
        backbone.train()
    backbone(ids, mask)
    assert calls == [(3, 8)]


def test_other_weights_are_read_and_get_the_gradients(backbone):
    ids, mask = batch(8)
    wanted = expected(backbone, (ids, mask))
    named = dict(backbone.named_parameters())
    leaves = {name: weight.detach().requires_grad_() for name, weight in named.items()}
    loss_of(states_with(leaves, backbone, ids, mask), mask).backward()
    assert not gradients(backbone)
    assert_same({name: leaf.grad for name, leaf in leaves.items() if leaf.grad is not None}, wanted)
    assert dict(backbone.named_parameters()) == named
