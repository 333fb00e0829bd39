"""Weights of epochs: held in memory while they are small, in files when a checkpoint or others need them."""

import errno

import pytest
import torch
from safetensors.torch import load_file, save_file

from xtl.training import epoch_weights
from xtl.training.epoch_weights import EpochWeights


def weights(number, *, size=3):
    return {"first": torch.full((size,), float(number)), "second": torch.full((1, 2), -float(number))}


def number_of(kept):
    """Number that the weights of an epoch were filled with."""
    values = {value for weight in kept.values() for value in weight.abs().flatten().tolist()}
    assert len(values) == 1
    return values.pop()


def full_disk(path):
    raise OSError(errno.ENOSPC, "No space left on device", str(path))


@pytest.fixture
def kept(tmp_path):
    return EpochWeights(tmp_path / "phase")


def test_small_weights_need_no_file_until_one_is_asked_for(kept, tmp_path):
    live = weights(1)
    kept.put(1, live, needed={1})
    live["first"].zero_()  # training goes on
    assert list(tmp_path.rglob("*")) == []
    assert (number_of(kept.get(1)), kept.digests, 1 in kept, 2 in kept) == (1, {}, True, False)
    kept.write()
    assert number_of(load_file(kept.path(1))) == number_of(kept.get(1)) == 1
    assert list(kept.digests) == [1]
    assert kept.faults({1}, kept.digests) == []


def test_weights_that_nothing_needs_any_more_are_not_written(kept):
    kept.put(1, weights(1), needed={1})
    kept.put(2, weights(2), needed={1, 2})
    kept.put(3, weights(3), needed={2, 3})
    kept.write()
    assert [kept.path(epoch).is_file() for epoch in (1, 2, 3)] == [False, True, True]
    assert [number_of(kept.get(epoch)) for epoch in (2, 3)] == [2, 3]


@pytest.mark.parametrize("size", [3, 5])  # as those before, or of another shape
def test_memory_of_what_is_not_needed_may_be_used_again(kept, size):
    kept.put(1, weights(1), needed={1})
    kept.put(2, weights(2, size=size), needed={2})
    assert number_of(kept.get(2)) == 2
    assert kept.get(2)["first"].shape == (size,)
    with pytest.raises(FileNotFoundError, match=r"epoch-1\.safetensors"):
        kept.get(1)


def test_what_is_held_has_a_bound_and_the_rest_is_in_files(kept, monkeypatch):
    monkeypatch.setattr(epoch_weights, "_MOST_HELD", 2 * 20)  # bytes: of two epochs
    kept = EpochWeights(kept.path(1).parent)
    for epoch in (1, 2, 3):
        kept.put(epoch, weights(epoch), needed={1, 2, 3})
    assert [kept.path(epoch).is_file() for epoch in (1, 2, 3)] == [False, False, True]
    assert [number_of(kept.get(epoch)) for epoch in (1, 2, 3)] == [1, 2, 3]
    kept.put(4, weights(4, size=100), needed={1, 3, 4})
    assert kept.path(4).is_file()


def test_after_the_first_files_weights_are_written_at_once(kept):
    kept.put(1, weights(1), needed={1})
    kept.write()
    kept.put(2, weights(2), needed={1, 2})
    assert kept.path(2).is_file()
    assert kept.faults({1, 2}, kept.digests) == []


def test_what_could_not_be_written_is_written_the_next_time(kept, monkeypatch):
    for epoch in (1, 2):
        kept.put(epoch, weights(epoch), needed={1, 2})
    with monkeypatch.context() as patch:
        patch.setattr(epoch_weights, "file_digest", full_disk)
        with pytest.raises(OSError, match="No space left"):
            kept.write()
    assert [number_of(kept.get(epoch)) for epoch in (1, 2)] == [1, 2]
    kept.write()
    assert kept.faults({1, 2}, kept.digests) == []


def test_nothing_is_held_when_all_have_what_they_need(kept):
    kept.put(1, weights(1), needed={1})
    kept.forget()
    assert 1 not in kept
    kept.write()
    assert not kept.path(1).exists()


def test_other_processes_find_files(tmp_path):
    kept = EpochWeights(tmp_path, holds=False)
    kept.put(1, weights(1), needed={1})
    assert number_of(load_file(kept.path(1))) == 1


def test_a_file_that_a_killed_process_left_does_not_count(kept):
    kept.path(2).parent.mkdir()
    save_file(weights(7), kept.path(2))
    assert 2 not in kept
    kept.put(2, weights(2), needed={2})
    assert number_of(kept.get(2)) == 2
    kept.write()
    assert number_of(load_file(kept.path(2))) == 2


def test_files_that_nothing_needs_are_removed_when_it_is_said(kept):
    for epoch in (1, 2):
        kept.put(epoch, weights(epoch), needed={1, 2})
        kept.write()
    kept.prune({2})
    assert [kept.path(epoch).is_file() for epoch in (1, 2)] == [False, True]
    assert list(kept.digests) == [2]
    assert kept.faults({1, 2}, kept.digests) == ["epoch-1.safetensors beside it is missing"]
