"""Subsets: nested, the same rows in every translation, shared out as asked."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtl.data.subsets import choose_rows, ids_digest, number_of_rows
from xtl.errors import DataNotFoundError
from xtl.types import SAMPLINGS, MaskedLMExample


def rows(lang: str, count: int, *, step: int = 1) -> list[MaskedLMExample]:
    return [MaskedLMExample(uid=f"t/train/{row * step}", lang=lang, text="") for row in range(count)]


def uids(chosen) -> set[tuple[str, str]]:
    return {(row.lang, row.uid) for row in chosen}


@given(
    numbers=st.lists(st.integers(1, 60), min_size=1, max_size=4),
    data_seed=st.integers(0, 2**31),
    sampling=st.sampled_from(SAMPLINGS),
    data=st.data(),
)
def test_the_smaller_is_inside_the_larger(numbers, data_seed, sampling, data):
    rows_of_lang = {f"l{at}": rows(f"l{at}", count) for at, count in enumerate(numbers)}
    large = data.draw(st.integers(0, sum(numbers)))
    small = data.draw(st.integers(0, large))
    chosen = [choose_rows(rows_of_lang, count, data_seed=data_seed, sampling=sampling) for count in (small, large)]
    assert [len(one) for one in chosen] == [small, large]
    assert uids(chosen[0]) <= uids(chosen[1])


@pytest.mark.parametrize("count", [1, 7, 50, 99])
def test_translations_of_the_same_rows_are_chosen(count):
    chosen = [choose_rows({lang: rows(lang, 100)}, count, data_seed=3) for lang in ("de", "zh")]
    assert [row.uid for row in chosen[0]] == [row.uid for row in chosen[1]]


def test_it_depends_on_the_seed_and_not_on_what_else_there_is():
    all_rows = rows("de", 100)
    half = all_rows[::2]
    order = [row.uid for row in choose_rows({"de": all_rows}, 30, data_seed=0)]
    assert order != [row.uid for row in choose_rows({"de": all_rows}, 30, data_seed=1)]
    kept = {row.uid for row in choose_rows({"de": half}, 50, data_seed=0)}
    among_first = [uid for uid in order if uid in kept]
    smaller = {row.uid for row in choose_rows({"de": half}, len(among_first), data_seed=0)}
    assert smaller == set(among_first)


def test_rows_stand_in_the_order_of_their_files():
    chosen = choose_rows({"de": rows("de", 100), "sw": rows("sw", 100)}, 40, data_seed=0)
    numbers = [(row.lang, int(row.uid.split("/")[-1])) for row in chosen]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        ("equal", {"a": 30, "b": 30}),
        ("proportional", {"a": 54, "b": 6}),  # 900 to 100
        ("temperature", {"a": 36, "b": 24}),  # 900^0.2 to 100^0.2 is 3.9 to 2.5
    ],
)
def test_how_rows_are_shared_out(sampling, expected):
    chosen = choose_rows({"a": rows("a", 900), "b": rows("b", 100)}, 60, data_seed=0, sampling=sampling)
    shared = Counter(row.lang for row in chosen)
    assert all(abs(shared[lang] - number) <= 1 for lang, number in expected.items()), shared


def test_a_language_that_runs_out_leaves_its_share():
    chosen = choose_rows({"a": rows("a", 100), "b": rows("b", 5)}, 50, data_seed=0)
    assert Counter(row.lang for row in chosen) == {"a": 45, "b": 5}


@pytest.mark.parametrize(
    ("fraction", "size", "expected"),
    [
        (0, None, 0),
        (0.001, None, 1),
        (0.1, None, 20),
        (0.125, None, 25),
        (1, None, 200),
        (1, 0, 0),
        (1, 7, 7),
    ],
)
def test_number_of_rows(fraction, size, expected):
    assert number_of_rows(200, fraction=fraction, size=size, where="here") == expected


def test_more_rows_than_there_are():
    with pytest.raises(DataNotFoundError, match=r"here: expected at least size=1,000 rows.*got 200"):
        number_of_rows(200, fraction=1, size=1000, where="here")


def test_the_digest_is_of_the_set():
    some = rows("de", 9)
    assert ids_digest(some) == ids_digest(some[::-1]) != ids_digest(rows("sw", 9))
    assert ids_digest(some) != ids_digest(some[:8])
