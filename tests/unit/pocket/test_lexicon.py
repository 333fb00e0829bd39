"""The lexicons are whole, and the checker finds what is not."""

import copy

import pytest

from xtl.errors import DataNotFoundError
from xtl.pocket.concepts import CONCEPTS
from xtl.pocket.grammar import available
from xtl.pocket.lexicon import check_lexicon, load, read_table


@pytest.mark.parametrize("lang", available())
def test_lexicon_is_whole(lang):
    assert check_lexicon(lang) == []


def test_inventory_is_large_enough():
    assert sum(len(keys) for kind, keys in CONCEPTS.items() if kind != "name") >= 150
    assert len(CONCEPTS["name"]) >= 60


def _plant(change):
    table = copy.deepcopy(read_table("de"))
    change(table)
    return check_lexicon("de", table)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table["noun"].pop("book"), "[noun] book: missing"),
        (
            lambda table: table["noun"].update(bok={"gender": "n", "sg": "x", "pl": "y"}),
            "did you mean 'book'?",
        ),
        (lambda table: table["noun"]["book"].pop("pl"), "the field pl is missing"),
        (lambda table: table["noun"]["book"].update(plural="x"), "the field plural is not known"),
        (lambda table: table["noun"]["book"].update(gender="x"), "must be one of m, f, n"),
        (lambda table: table["verb"]["read"].update(past=" las"), "without stray spaces"),
        (lambda table: table["verb"].update(read="lesen"), "the field inf is missing"),
        (lambda table: table["verb"].update(read=3), "expected a string or a table"),
        (lambda table: table["adjective"].update(red="alt"), "the same forms as old"),
        (lambda table: table["function"].pop("and"), "[function] and: missing"),
        (lambda table: table.pop("name"), "the section [name] is missing"),
    ],
)
def test_planted_fault_is_found(change, message):
    assert any(message in fault for fault in _plant(change))


def test_absent_language_is_named():
    with pytest.raises(DataNotFoundError, match=r"lexicon/xx\.toml"):
        load("xx")
