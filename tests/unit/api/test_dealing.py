"""Batches of one process among several: training comes out even, evaluation reads each example once."""

import pytest
from torch.utils.data import DataLoader

from xtl.api.dealing import DealtBatches, dealt_loader
from xtl.data.batching import FixedBatches, LengthBatchSampler

BATCHES = [[0, 1], [2], [3, 4], [5], [6]]


def dealt(processes, *, is_even):
    samplers = [
        DealtBatches(FixedBatches(BATCHES), rank=rank, processes=processes, is_even=is_even)
        for rank in range(processes)
    ]
    assert [len(sampler) for sampler in samplers] == [len(list(sampler)) for sampler in samplers]
    return [list(sampler) for sampler in samplers]


@pytest.mark.parametrize("processes", [1, 2, 3, 5, 8])
def test_evaluation_deals_each_batch_once(processes):
    shares = dealt(processes, is_even=False)
    assert sorted(batch for share in shares for batch in share) == BATCHES


@pytest.mark.parametrize("processes", [1, 2, 3, 5, 8])
def test_training_deals_all_batches_and_as_many_to_each_process(processes):
    shares = dealt(processes, is_even=True)
    assert len({len(share) for share in shares}) == 1
    turns = [batch for turn in zip(*shares, strict=True) for batch in turn]
    assert turns[:5] == BATCHES
    assert turns[5:] == (BATCHES * 2)[: len(turns) - 5]


def test_epochs_have_other_batches_the_same_on_all_processes():
    def epoch(number, rank):
        inner = LengthBatchSampler([3, 1, 4, 1, 5, 9], batch_size=2, seed=0)
        sampler = DealtBatches(inner, rank=rank, processes=2, is_even=True)
        sampler.set_epoch(number)
        return list(sampler)

    assert epoch(0, 0) != epoch(1, 0)
    rows = {index for rank in (0, 1) for batch in epoch(1, rank) for index in batch}
    assert rows == set(range(6))


def test_a_loader_gives_the_batches_of_the_loader_it_is_made_of():
    features = [{"id": number} for number in range(7)]
    whole = DataLoader(features, batch_sampler=FixedBatches(BATCHES), collate_fn=tuple)
    mine = dealt_loader(whole, rank=0, processes=1, is_even=False)
    assert list(mine) == list(whole)
    assert len(mine) == len(whole)
