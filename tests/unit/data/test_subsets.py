"""Subsets: nested, the same rows in every translation, shared out as asked."""

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtl.data.splits import Split, Subset, examples_of
from xtl.data.subsets import choose_rows, ids_digest, number_of_rows
from xtl.errors import DataNotFoundError
from xtl.types import SAMPLINGS, ExampleId, MaskedLMExample


def split(lang: str, numbers: Iterable[int]) -> Split:
    rows = [MaskedLMExample(uid=f"t/train/{number}", lang=lang, text="") for number in numbers]
    return Split(task="t", lang=lang, name="train", examples=rows)


def rows(lang: str, count: int) -> Split:
    return split(lang, range(count))


def ids(subsets) -> set[ExampleId]:
    return {row.id for row in examples_of(subsets)}


def uids(subsets) -> list[str]:
    return [row.uid for row in examples_of(subsets)]


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
    chosen = [
        choose_rows(rows_of_lang, count, data_seed=data_seed, sampling=sampling) for count in (small, large)
    ]
    assert [len(examples_of(subsets)) for subsets in chosen] == [small, large]
    assert ids(chosen[0]) <= ids(chosen[1])


@pytest.mark.parametrize("count", [1, 7, 50, 99])
def test_translations_of_the_same_rows_are_chosen(count):
    chosen = [choose_rows({lang: rows(lang, 100)}, count, data_seed=3) for lang in ("de", "zh")]
    assert uids(chosen[0]) == uids(chosen[1])
    assert chosen[0][0].indices == chosen[1][0].indices


def test_it_depends_on_the_seed_and_not_on_what_else_there_is():
    all_rows, half = rows("de", 100), split("de", range(0, 100, 2))
    order = uids(choose_rows({"de": all_rows}, 30, data_seed=0))
    assert order != uids(choose_rows({"de": all_rows}, 30, data_seed=1))
    every_second = set(uids(choose_rows({"de": half}, 50, data_seed=0)))
    among_first = [uid for uid in order if uid in every_second]
    smaller = set(uids(choose_rows({"de": half}, len(among_first), data_seed=0)))
    assert smaller == set(among_first)


def test_rows_stand_in_the_order_of_their_files():
    chosen = choose_rows({"de": rows("de", 100), "sw": rows("sw", 100)}, 40, data_seed=0)
    numbers = [(row.lang, int(row.uid.split("/")[-1])) for row in examples_of(chosen)]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        ("uniform", {"a": 30, "b": 30}),
        ("proportional", {"a": 54, "b": 6}),  # 900 to 100
        ("temperature", {"a": 36, "b": 24}),  # 900^0.2 to 100^0.2 is 3.9 to 2.5
    ],
)
def test_how_rows_are_shared_out(sampling, expected):
    chosen = choose_rows({"a": rows("a", 900), "b": rows("b", 100)}, 60, data_seed=0, sampling=sampling)
    shared = Counter(row.lang for row in examples_of(chosen))
    assert all(abs(shared[lang] - number) <= 1 for lang, number in expected.items()), shared


def test_a_language_that_runs_out_leaves_its_share():
    chosen = choose_rows({"a": rows("a", 100), "b": rows("b", 5)}, 50, data_seed=0)
    assert Counter(row.lang for row in examples_of(chosen)) == {"a": 45, "b": 5}


@pytest.mark.parametrize(
    ("fraction", "size", "expected"),
    [
        (0, None, 0),
        (0.001, None, 1),
        (0.1, None, 20),
        (0.125, None, 25),
        (0.0725, None, 15),  # 14.5; the product of binary numbers is below it
        (0.0724, None, 14),
        (1, None, 200),
        (1, 0, 0),
        (1, 7, 7),
    ],
)
def test_number_of_rows(fraction, size, expected):
    assert number_of_rows(200, fraction=fraction, size=size, where="here", advice="") == expected


def test_more_rows_than_there_are():
    with pytest.raises(DataNotFoundError, match=r"here: .* at least size=1,000 rows.*got 200; take fewer$"):
        number_of_rows(200, fraction=1, size=1000, where="here", advice="take fewer")


def test_the_digest_is_of_the_set():
    german = Subset.first(rows("de", 9))
    backwards = Subset(german.split, range(8, -1, -1))
    assert ids_digest([german]) == ids_digest([backwards]) != ids_digest([Subset.first(rows("sw", 9))])
    assert ids_digest([german]) != ids_digest([Subset.first(german.split, 8)])
    halves = [Subset(german.split, range(4)), Subset(german.split, range(4, 9))]
    assert ids_digest(halves) == ids_digest([german])
