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


@given(
    st.lists(st.lists(st.integers(1, 50), min_size=1, max_size=4), min_size=1, max_size=40),
    st.integers(1, 6),
    st.integers(1, 400),
    MICRO,
)
def test_positions_of_a_part_are_bounded_on_every_process(lengths, processes, most, micro_batch):
    batch = sorted(lengths, key=max)  # lengths of the sequences of each member
    parts = [
        Share(rank=rank, processes=processes, micro_batch=micro_batch, micro_batch_tokens=most).parts(
            batch, lambda member: [range(length) for length in member]
        )
        for rank in range(processes)
    ]
    assert len({len(of_rank) for of_rank in parts}) == 1, "processes would wait for one another for ever"
    computed = [part for of_rank in parts for part in of_rank if not part.stands_in]
    assert sorted(member for part in computed for member in part.members) == sorted(batch)
    for part in computed:
        positions = sum(map(len, part.members)) * max(map(max, part.members))
        assert len(part.members) == 1 or positions <= most
        assert len(part.members) <= (micro_batch or len(batch))


def test_short_members_are_computed_more_at_once_than_long_ones():
    texts = ["a" * length for length in (2, 2, 2, 2, 5, 10)]
    parts = Share(micro_batch_tokens=10).parts(texts, lambda text: [text])
    assert [len(part.members) for part in parts] == [4, 1, 1]
    pairs = Share(micro_batch_tokens=10).parts(texts[:4], lambda text: [text, text])
    assert [len(part.members) for part in pairs] == [2, 2]


def test_one_process_without_parts_has_the_whole_batch():
    assert Share().is_whole
    assert not Share(micro_batch=2).is_whole
    assert not Share(processes=2).is_whole
    assert not Share(micro_batch_tokens=512).is_whole
