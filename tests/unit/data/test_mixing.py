"""Mixtures: shares by the formula, counts that are exact, every example as often as the scheme says."""

from collections import Counter
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtl.data.batching import LengthBatchSampler, StepBatchSampler
from xtl.data.mixing import Mixing, MixtureStream, counts, shares, updates_of_an_epoch
from xtl.errors import ConfigError
from xtl.tasks.mixture.collate import MixtureCollator

SIZES = {"mnli": 392_702, "squad1": 87_599, "csqa": 9_741}


def stream(sizes, batch_sizes, plan, *, seed=1):
    parts = {
        name: LengthBatchSampler([5] * size, batch_size=batch_sizes[name], seed=seed)
        for name, size in sizes.items()
    }
    return MixtureStream(parts, plan, seed=seed)


def test_shares_follow_the_formula():
    # min(N, cap)^(1/T): with cap 2^17 and T = 2 the roots are 362.04, 295.97 and 98.70.
    found = shares(SIZES, Mixing(scheme="temperature", temperature=2.0, cap=2**17, rates={}))
    roots = [sqrt(min(size, 2**17)) for size in SIZES.values()]
    assert list(found.values()) == pytest.approx([root / sum(roots) for root in roots])
    assert shares(SIZES, Mixing(rates={}))["mnli"] == pytest.approx(392_702 / 490_042)
    assert set(shares(SIZES, Mixing(scheme="uniform", rates={})).values()) == {1 / 3}


def test_a_fixed_rate_leaves_the_rest_to_the_others():
    found = shares(SIZES | {"mlm": 10**6}, Mixing(scheme="uniform", rates={"mlm": 0.1}))
    assert found["mlm"] == 0.1
    assert found["mnli"] == found["csqa"] == pytest.approx(0.3)


@pytest.mark.parametrize("rates", [{"mlm": 0.5}, {"mnli": 1.0}, {"mnli": 0.6, "squad1": 0.5}])
def test_rates_that_cannot_be_are_refused(rates):
    with pytest.raises(ConfigError, match="rates: expected shares of the tasks mnli, squad1, csqa"):
        shares(SIZES, Mixing(rates=rates))


@pytest.mark.parametrize("seed", range(5))
def test_frequencies_over_ten_thousand_batches_are_those_of_the_formula(seed):
    share_of = shares(SIZES, Mixing(scheme="temperature", temperature=2.0, cap=2**17, rates={}))
    plan = counts(share_of, 10_000)
    sizes = dict.fromkeys(SIZES, 64)
    turns = Counter(stream(sizes, dict.fromkeys(SIZES, 8), plan, seed=seed).turns)
    first_half = Counter(stream(sizes, dict.fromkeys(SIZES, 8), plan, seed=seed).turns[:5_000])
    for name, share in share_of.items():
        assert abs(turns[name] / 10_000 - share) <= 3 * sqrt(share * (1 - share) / 10_000)
        # The order is mixed, too: half of the batches look like all of them.
        assert abs(first_half[name] / 5_000 - share) <= 4 * sqrt(share * (1 - share) / 5_000)


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=6), st.integers(0, 500))
def test_counts_are_the_shares_within_one(weights, total):
    share_of = {str(at): weight / sum(weights) for at, weight in enumerate(weights)}
    found = counts(share_of, total)
    assert sum(found.values()) == total
    assert all(abs(found[name] - share * total) < 1 for name, share in share_of.items())


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 5), st.integers(1, 5), st.integers(1, 60))
def test_every_example_is_seen_as_often_as_its_task_has_turns(size_a, size_b, batch_a, batch_b, total):
    plan = counts(shares({"a": size_a, "b": size_b}, Mixing(rates={})), total)
    sizes = {"a": size_a, "b": size_b}
    mixture = stream(sizes, {"a": batch_a, "b": batch_b}, plan)
    batches = list(mixture.span(0, total))
    assert len(batches) == total
    for name, first, size, batch_size in (("a", 0, size_a, batch_a), ("b", size_a, size_b, batch_b)):
        own = [batch for batch in batches if first <= batch[0] < first + size]
        assert len(own) == plan[name]
        seen = Counter(index for batch in own for index in batch)
        assert set(seen) <= set(range(first, first + size))
        passes, rest = divmod(plan[name], -(-size // batch_size))
        allowed = {passes, passes + 1} if rest else {passes}
        assert {seen[index] for index in range(first, first + size)} <= allowed


def test_any_part_of_the_plan_is_the_same_as_when_the_whole_is_read():
    sizes, plan = {"a": 13, "b": 40}, {"a": 30, "b": 50}
    mixture = stream(sizes, {"a": 4, "b": 4}, plan)
    whole = list(mixture.span(0, 80))
    assert list(mixture.span(17, 61)) == whole[17:61]
    steps = StepBatchSampler(mixture, total=80, parts=4)
    steps.set_epoch(2)
    steps.skip(5)
    assert list(steps) == whole[45:60]


def test_an_epoch_of_a_mixture():
    assert updates_of_an_epoch({"a": 6, "b": 12}, Mixing(rates={})) == 18
    assert updates_of_an_epoch({"a": 6, "b": 12, "mlm": 900}, Mixing(rates={"mlm": 0.25})) == 24


def test_a_batch_of_two_tasks_is_refused():
    features = [{"member": "a", "feature": {}}, {"member": "b", "feature": {}}]
    with pytest.raises(ValueError, match="expected a batch of one task, got a, b"):
        MixtureCollator({"a": dict, "b": dict})(features)  # type: ignore[arg-type, dict-item]


def test_a_stream_goes_on_beyond_its_plan_with_the_next_epochs_of_each_task():
    sizes, plan = {"a": 6, "b": 4}, {"a": 3, "b": 2}
    batches = stream(sizes, {"a": 2, "b": 2}, plan)
    seen = list(batches.span(0, 15))
    assert [len(list(batches.span(start, start + 5))) for start in (0, 5, 10)] == [5, 5, 5]
    assert seen == [*batches.span(0, 4), *batches.span(4, 12), *batches.span(12, 15)]
    for start in (0, 5, 10):  # each plan is an epoch of both tasks
        assert sorted(index for batch in seen[start : start + 5] for index in batch) == list(range(10))
    assert seen[:5] != seen[5:10]


def test_shares_at_a_low_temperature_are_those_of_the_largest_task():
    mixing = Mixing(scheme="temperature", temperature=0.005, cap=None, rates={})
    assert shares({"a": 392_702, "b": 64}, mixing) == {"a": 1.0, "b": 0.0}
