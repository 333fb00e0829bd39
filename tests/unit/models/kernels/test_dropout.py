"""Dropout with masks of xtl's own: the rate, independence, and what a seed decides."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from xtl.models.kernels import Dropout
from xtl.models.kernels.dropout import dropout_mask, dropped_share, keep, kept, widened

ENTRIES = 4_000_000


@given(st.floats(0, 1))
def test_the_share_that_is_dropped_is_within_a_hundred_thousandth_of_the_rate(rate):
    assert abs(dropped_share(rate) - rate) < 1e-5


@pytest.mark.parametrize("rate", [0.1, 0.37, 0.9])
def test_entries_are_dropped_at_the_rate_at_each_place_of_a_word(rate):
    torch.manual_seed(1)
    mask = dropout_mask((ENTRIES,), rate)
    assert set(mask.unique().tolist()) == {-1, 0}
    dropped = mask == 0
    deviation = (rate * (1 - rate) / ENTRIES) ** 0.5
    assert abs(dropped.double().mean().item() - dropped_share(rate)) < 4 * deviation
    for place in dropped.view(-1, 4).double().mean(dim=0).tolist():
        assert abs(place - dropped_share(rate)) < 5 * 2 * deviation


@pytest.mark.parametrize("distance", [1, 2, 3, 4, 5, 384, 1536])
def test_entries_do_not_know_of_each_other(distance):
    torch.manual_seed(2)
    dropped = (dropout_mask((ENTRIES,), 0.1) == 0).double()
    left, right = dropped[:-distance], dropped[distance:]
    correlation = ((left * right).mean() - left.mean() * right.mean()) / (0.1 * 0.9)
    assert abs(correlation.item()) < 5 / ENTRIES**0.5


def test_masks_of_two_layers_differ_and_those_of_a_seed_are_the_same():
    torch.manual_seed(3)
    state = torch.get_rng_state()
    first, second = dropout_mask((100, 100), 0.1), dropout_mask((100, 100), 0.1)
    assert not torch.equal(first, second)
    torch.set_rng_state(state)
    assert torch.equal(dropout_mask((100, 100), 0.1), first)
    assert torch.equal(dropout_mask((100, 100), 0.1), second)


def test_gradients_of_gradients_are_those_of_torch_s_dropout():
    states = torch.randn(40, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(40, dtype=torch.float64, requires_grad=True)
    layer = Dropout(0.3)
    outputs = layer(states * weights)
    (grad,) = torch.autograd.grad(outputs.square().sum(), weights, create_graph=True)
    ours = torch.autograd.grad(grad.square().sum(), (states, weights))
    factors = (outputs != 0).double() / (1 - dropped_share(0.3))
    (grad,) = torch.autograd.grad((states * weights * factors).square().sum(), weights, create_graph=True)
    for one, other in zip(ours, torch.autograd.grad(grad.square().sum(), (states, weights)), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=0)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (5, 7), (0, 4)])
def test_any_shape_has_a_mask(shape):
    assert dropout_mask(shape, 0.5).shape == shape


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_masks_are_never_written_over_and_states_only_where_it_is_said(dtype):
    states, mask = torch.randn(40, 30, dtype=dtype), dropout_mask((40, 30), 0.3)
    bits = widened(mask, dtype)
    before = [part.clone() for part in (mask, bits, states)]
    expected = torch.where(mask == 0, 0, states)
    for either in (mask, bits):
        assert torch.equal(kept(states, either), expected)
        assert all(map(torch.equal, (mask, bits, states), before))
    assert keep(states, mask) is states
    assert torch.equal(states, expected)
    assert all(map(torch.equal, (mask, bits), before))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_what_is_kept_is_larger_and_gradients_go_through_it_alone(dtype):
    torch.manual_seed(4)
    states = torch.ones(200, 50, dtype=dtype, requires_grad=True)
    outputs = Dropout(0.25)(states)
    outputs.sum().backward()
    assert outputs.dtype == dtype
    assert set(outputs.unique().tolist()) == {0.0, torch.tensor(4 / 3, dtype=dtype).item()}
    assert torch.equal(states.grad, outputs.detach())


@pytest.mark.parametrize("rate", [0.0, 1e-7])
def test_a_rate_of_nothing_draws_no_number(rate):
    state = torch.get_rng_state()
    states = torch.ones(5, 5)
    torch.testing.assert_close(Dropout(rate).train()(states), states, rtol=1e-6, atol=0)
    if not rate:
        assert torch.equal(torch.get_rng_state(), state)


def test_it_does_nothing_outside_training():
    states = torch.ones(5, 5)
    assert Dropout(0.5).eval()(states) is states


def test_torch_s_own_can_be_had():
    dropout = Dropout(0.5)
    dropout.is_fast = False
    states = torch.ones(50, 50)
    torch.manual_seed(0)
    outputs = dropout(states)
    torch.manual_seed(0)
    assert torch.equal(outputs, torch.nn.functional.dropout(states, 0.5))
