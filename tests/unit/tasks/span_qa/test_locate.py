"""Answers found where they are, nearby, or where a file counts otherwise."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from xtl.tasks.span_qa.locate import is_inside, located
from xtl.types import Answer


@pytest.mark.parametrize(
    ("text", "start", "found"),
    [
        ("Kublai", 4, ("Kublai", 4)),
        ("Kublai", 2, ("Kublai", 4)),  # off by two
        (" Kublai", 3, (" Kublai", 3)),
        ("Kublai\n", 4, ("Kublai", 4)),  # white space that the context has otherwise
        ("cafe\u0301", 12, ("caf\u00e9", 12)),  # decomposed in the file, composed in the context
        ("nowhere", 4, None),
        ("", 4, None),
        ("Kublai", -3, ("Kublai", 4)),
    ],
)
def test_where_an_answer_is(text, start, found):
    context = "The Kublai, caf\u00e9 and Kublai"
    expected = None if found is None else Answer(text=found[0], start=found[1])
    assert located(context, Answer(text=text, start=start)) == expected


def test_the_nearest_of_several_and_nothing_far_away():
    context = "dog " * 50
    assert located(context, Answer(text="dog", start=41)).start == 40
    assert located(context, Answer(text="dog", start=400)) is None


def test_a_decomposed_context():
    context = unicodedata.normalize("NFD", "le café noir")
    found = located(context, Answer(text="café", start=3))
    assert context[found.start : found.start + len(found.text)] == unicodedata.normalize("NFD", "café")


def units(text, encoding):
    """Length of a text in the units of an encoding."""
    return len(text.encode(encoding)) // (2 if encoding == "utf-16-le" else 1)


MIXED = st.text("ক\U0001f600ß 9", max_size=200)
"""Text of characters of several lengths in each encoding."""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
@given(before=MIXED, between=MIXED, which=st.integers(0, 2))
def test_offsets_in_bytes_and_in_utf_16(encoding, before, between, which):
    """The place that such an offset names, though the text stands in others too."""
    context = " 1990 ".join((f"\U0001f600 {before}", between, between, before))
    place = [at for at in range(len(context)) if context.startswith("1990", at)][which]
    start = units(context[:place], encoding)
    meant = [
        at
        for at in range(len(context))
        if context.startswith("1990", at)
        and (at == start or start in (units(context[:at], one) for one in ("utf-8", "utf-16-le")))
    ]
    assume(meant == [place])  # else the number may mean another place as well
    assert located(context, Answer(text="1990", start=start)) == Answer(text="1990", start=place)


@pytest.mark.parametrize(
    ("context", "text"),
    [
        ("Vor 3\u00a0Tagen kam Ada.", "Vor 3 Tagen"),
        ("Vor\u202f3\u2009Tagen kam Ada.", "Vor 3 Tagen"),
        ("Vor  3\n Tagen kam Ada.", "Vor 3 Tagen"),
        ("Vor 3 Tagen kam Ada.", "Vor  3\u00a0Tagen "),
        ("Vor 3\u200bTagen kam Ada.", "Vor 3 Tagen"),
        ("\u6771\u4eac\u3000\u99c5", "\u6771\u4eac \u99c5"),
    ],
)
def test_spaces_of_another_kind(context, text):
    found = located(context, Answer(text=text, start=0))
    assert context.startswith(found.text)
    assert "".join(found.text.replace("\u200b", "").split()) == "".join(text.split())
    assert is_inside(context, text)
    assert not is_inside(context, text + "x")


@pytest.mark.parametrize(
    ("text", "found"),
    [("Ulm", 210), ("ulm", None), ("19", None), ("1990", 214), ("lm", None), ("\u99c5", 220)],
)
def test_far_away_only_what_stands_once_and_cuts_no_word(text, found):
    context = "x" * 209 + " Ulm 1990 \u6771\u99c5\u524d"
    answer = located(context, Answer(text=text, start=3))
    assert (None if answer is None else answer.start) == found
    assert located(f"{text} {context}" if found else context, Answer(text=text, start=100)) is None


@given(st.text("ab \u00a0é", max_size=12), st.text("ab é", max_size=4), st.integers(-3, 30))
def test_what_is_found_stands_there(context, text, start):
    found = located(context, Answer(text=text, start=start))
    if found is not None:
        assert context.startswith(found.text, found.start)
        assert found.text.split() == text.split()
        assert is_inside(context, text)
