from hypothesis import given
from hypothesis import strategies as st

from xtl.modules.shares import Share

MICRO = st.one_of(st.none(), st.integers(1, 9))


@given(st.integers(1, 40), st.integers(1, 6), MICRO)
def test_each_member_of_a_batch_is_computed_once_in_parts_that_fit(count, processes, micro_batch):
    batch = list(range(count))
    parts = [
        Share(rank=rank, processes=processes, micro_batch=micro_batch).parts(batch)
        for rank in range(processes)
    ]
    assert len({len(of_rank) for of_rank in parts}) == 1, "processes would wait for one another for ever"
    computed = [part for of_rank in parts for part in of_rank if not part.stands_in]
    assert sorted(member for part in computed for member in part.members) == batch
    assert all(part.members for of_rank in parts for part in of_rank)
    if micro_batch is not None:
        assert max(len(part.members) for part in computed) <= micro_batch


@given(st.integers(1, 40), st.integers(1, 6))
def test_shares_are_as_large_as_one_another_and_alike_in_length(count, processes):
    batch = list(range(count))  # sorted by length, as batches are
    shares = [
        [member for part in Share(rank=rank, processes=processes).parts(batch) for member in part.members]
        for rank in range(processes)
    ]
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    firsts = sorted(share[0] for share in shares)
    assert firsts[-1] - firsts[0] < processes


def test_one_process_without_parts_has_the_whole_batch():
    assert Share().is_whole
    assert not Share(micro_batch=2).is_whole
    assert not Share(processes=2).is_whole
