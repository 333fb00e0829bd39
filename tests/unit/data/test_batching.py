import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtl.data.batching import LengthBatchSampler, StepBatchSampler, evaluation_batches

LENGTHS = st.lists(st.integers(3, 128), min_size=1, max_size=300)


def flat(batches):
    return [index for batch in batches for index in batch]


@given(LENGTHS, st.integers(1, 40), st.integers(0, 5), st.integers(0, 3))
def test_each_feature_is_seen_exactly_once_an_epoch(lengths, batch_size, seed, epoch):
    sampler = LengthBatchSampler(lengths, batch_size=batch_size, seed=seed)
    sampler.set_epoch(epoch)
    batches = list(sampler)
    assert sorted(flat(batches)) == list(range(len(lengths)))
    assert len(batches) == len(sampler)
    assert sorted(map(len, batches), reverse=True)[:-1] == [batch_size] * (len(batches) - 1)


def test_order_depends_on_seed_and_epoch_alone():
    lengths = [5 + index % 20 for index in range(200)]

    def order(seed, epoch):
        sampler = LengthBatchSampler(lengths, batch_size=16, seed=seed)
        sampler.set_epoch(epoch)
        return list(sampler)

    assert order(1, 0) == order(1, 0)
    assert len({str(order(seed, epoch)) for seed in (0, 1, 2) for epoch in (0, 1, 2)}) == 9


def test_an_epoch_can_be_read_twice_and_again_later():
    sampler = LengthBatchSampler(list(range(3, 103)), batch_size=10, seed=1)
    first = list(sampler)
    assert list(sampler) == first
    sampler.set_epoch(1)
    assert list(sampler) != first
    sampler.set_epoch(0)
    assert list(sampler) == first


def test_lightning_finds_set_epoch():
    sampler = LengthBatchSampler([5, 6], batch_size=1, seed=1)
    assert sampler.sampler is sampler


def test_a_batch_holds_similar_lengths():
    # 1,000 lengths, all different: sorted in one bucket of 50 x 20, a batch spans exactly its 20 neighbours.
    sampler = LengthBatchSampler(list(range(1000)), batch_size=20, seed=1)
    assert {max(batch) - min(batch) for batch in sampler} == {19}


def test_batches_are_not_in_order_of_length():
    firsts = [batch[0] for batch in LengthBatchSampler(list(range(1000)), batch_size=20, seed=1)]
    assert firsts != sorted(firsts)
    assert firsts != sorted(firsts, reverse=True)


def test_nothing_to_make_batches_of_is_refused():
    with pytest.raises(ValueError, match="expected features to make batches of, got none"):
        LengthBatchSampler([], batch_size=4, seed=1)


PIECES = st.lists(st.lists(st.integers(3, 40), min_size=1, max_size=5), max_size=40)
"""Lengths of the pieces of each sentence."""


@given(PIECES, st.integers(1, 300))
def test_evaluation_covers_all_keeps_sentences_whole_and_the_budget(sentences, max_tokens):
    lengths = [length for sentence in sentences for length in sentence]
    groups = [f"s{at}" for at, sentence in enumerate(sentences) for _ in sentence]
    batches = evaluation_batches(lengths, groups, max_tokens=max_tokens)
    assert sorted(flat(batches)) == list(range(len(lengths)))
    homes = {(groups[index], at) for at, batch in enumerate(batches) for index in batch}
    assert len(homes) == len(sentences)
    for batch in batches:
        positions = len(batch) * max(lengths[index] for index in batch)
        assert positions <= max_tokens or len({groups[index] for index in batch}) == 1


@given(PIECES, st.integers(1, 300))
def test_evaluation_begins_with_the_longest(sentences, max_tokens):
    lengths = [length for sentence in sentences for length in sentence]
    groups = [f"s{at}" for at, sentence in enumerate(sentences) for _ in sentence]
    batches = evaluation_batches(lengths, groups, max_tokens=max_tokens)
    longest = [max(lengths[index] for index in batch) for batch in batches]
    assert longest == sorted(longest, reverse=True)


def test_the_budget_counts_padding_and_is_used_up():
    # Widths 10, 9, 8, 7: three rows of 10 fill 30; the fourth begins a batch.
    assert evaluation_batches([7, 8, 9, 10], list("abcd"), max_tokens=30) == [[3, 2, 1], [0]]
    assert evaluation_batches([7, 8, 9, 10], list("abcd"), max_tokens=29) == [[3, 2], [1, 0]]


@given(st.integers(1, 30), st.integers(1, 7), st.integers(1, 100), st.integers(1, 10))
def test_a_budget_of_updates_passes_over_the_epochs(count, batch_size, total, parts):
    epochs = LengthBatchSampler([5] * count, batch_size=batch_size, seed=1)
    steps = StepBatchSampler(epochs, total=total, parts=parts)
    given_batches = []
    for part in range(steps.parts):
        steps.set_epoch(part)
        given_batches += list(steps)
    passes = -(-total // len(epochs))
    expected = [batch for epoch in range(passes) for batch in epochs.epoch_batches(epoch)]
    assert given_batches == expected[:total]
    assert steps.parts <= parts


@pytest.mark.parametrize("budget", [None, 12])
def test_a_skipped_place_is_skipped_once(budget):
    sampler = LengthBatchSampler([5] * 40, batch_size=4, seed=1)
    if budget:
        sampler = StepBatchSampler(sampler, total=budget, parts=1)
    whole = list(sampler)
    sampler.skip(3)
    assert list(sampler) == whole[3:]
    assert list(sampler) == whole
