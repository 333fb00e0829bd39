"""Rows on disk: what comes back is what went in, and columns say what the records say."""

from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any, NamedTuple, NotRequired, TypedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xtl.data.stored import FeatureList, Layout, StoredFeatures, joined, open_rows, write_rows
from xtl.types import ExampleId

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
IDS = st.lists(st.integers(0, 2**31 - 1), max_size=6)


class Sequence(NamedTuple):
    side: int
    input_ids: list[int]


class Feature(TypedDict):
    id: ExampleId
    input_ids: list[int]
    sequences: list[Sequence]
    offsets: list[tuple[int, int]]
    flags: list[bool]
    golds: tuple[str, ...]
    label: float
    group: NotRequired[str]


@dataclass(frozen=True)
class Answer:
    text: str
    start: int


@dataclass(frozen=True)
class Record:
    uid: str
    text: str | None
    label: str | float | None
    answers: tuple[Answer, ...]
    rows: dict[str, str]
    number: int | None
    best: Answer | None
    pairs: list[tuple[int, int]] | None


FEATURES = st.fixed_dictionaries(
    {
        "id": st.builds(ExampleId, TEXT, TEXT),
        "input_ids": IDS,
        "sequences": st.lists(st.builds(Sequence, st.integers(0, 1), IDS), max_size=3),
        "offsets": st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=4),
        "flags": st.lists(st.booleans(), max_size=4),
        "golds": st.lists(TEXT, max_size=3).map(tuple),
        "label": st.floats(allow_nan=False),
    },
    optional={"group": TEXT},
)
RECORDS = st.builds(
    Record,
    uid=TEXT,
    text=st.none() | TEXT,
    label=st.none() | TEXT | st.floats(allow_nan=False, allow_infinity=False),
    answers=st.lists(st.builds(Answer, TEXT, st.integers(0, 2**40)), max_size=3).map(tuple),
    rows=st.dictionaries(TEXT, TEXT, max_size=3),
    number=st.none() | st.integers(-(2**40), 2**40),
    best=st.none() | st.builds(Answer, TEXT, st.integers(0, 2**40)),
    pairs=st.none() | st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=3),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("stored") / "rows.arrow"


def spelled(records) -> list[str]:
    """Records as Python writes them, fields of mappings in order."""
    return [repr(sorted(record.items()) if isinstance(record, dict) else record) for record in records]


def stored(path, record: type, values: list, *, chunk: int):
    layout = Layout.of(record)
    chunks = [values[start : start + chunk] for start in range(0, len(values), chunk)]
    write_rows(path, layout, chunks, info=lambda: {"rows": len(values)})
    rows = open_rows(path, layout)
    assert rows is not None
    assert rows.info == {"rows": len(values)}
    return rows


@pytest.mark.parametrize(("record", "strategy"), [(Feature, FEATURES), (Record, RECORDS)])
def test_records_come_back_row_by_row_and_all_at_once(record, strategy, path):
    @settings(max_examples=12, deadline=None)
    @given(st.lists(strategy, max_size=7), st.integers(1, 4))
    def holds(values, chunk):
        rows = stored(path, record, values, chunk=chunk)
        assert list(rows) == values
        assert [rows[index] for index in range(len(rows))] == values
        for start, end in combinations_with_replacement(range(len(values) + 1), 2):
            assert rows[start:end] == values[start:end]
        assert rows[-2:] == values[-2:]
        assert rows[::-2] == values[::-2]
        assert spelled(rows) == spelled(values)  # lists are lists, tuples tuples, 1.0 no 1

    holds()


@settings(max_examples=12, deadline=None)
@given(st.lists(FEATURES, min_size=1, max_size=8), st.integers(1, 4), st.data())
def test_columns_of_a_subset_are_those_of_its_features(path, values, chunk, data):
    rows = stored(path, Feature, values, chunk=chunk)
    indices = data.draw(st.lists(st.integers(0, len(values) - 1), max_size=9))
    for chosen in (None, sorted(set(indices)), indices):
        some = StoredFeatures(rows, chosen)
        features = [values[index] for index in (range(len(values)) if chosen is None else chosen)]
        for ours, plain in ((some, FeatureList(features)), (joined([some, some]), FeatureList(features * 2))):
            assert list(ours) == list(plain)
            assert ours.lengths() == plain.lengths()
            assert ours.vocabulary() == plain.vocabulary()
            assert ours.num_subwords() == plain.num_subwords()
            for name in ("id", "group", "label", "member"):
                assert ours.values(name, "none") == plain.values(name, "none")


def test_rows_beyond_the_end_are_refused(path):
    rows = stored(path, Record, [Record("a", None, 1.5, (), {}, 2, None, None)], chunk=1)
    assert rows[-1].uid == "a"
    for index in (1, -2):
        with pytest.raises(IndexError):
            rows[index]


def test_a_file_of_other_columns_or_none_is_no_file(path, tmp_path):
    stored(path, Record, [], chunk=1)
    assert open_rows(path, Layout.of(Feature)) is None
    assert open_rows(tmp_path / "absent.arrow", Layout.of(Feature)) is None


@pytest.mark.parametrize("annotation", [Any, set[str], tuple[str, int]])
def test_a_field_that_no_column_can_hold_is_refused(annotation):
    odd = dataclass(type("Odd", (), {"__annotations__": {"field": annotation}}))
    with pytest.raises(TypeError, match="expected"):
        Layout.of(odd)
