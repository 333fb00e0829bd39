import pytest

from xtl import errors
from xtl.errors import XtlError, nearest

KNOWN = ["NOUN", "VERB", "PROPN", "PRON"]


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("NUON", " (did you mean 'NOUN'?)"),
        ("noun", " (did you mean 'NOUN'?)"),
        ("vreb", " (did you mean 'VERB'?)"),
        ("qqq", ""),
        ("", ""),
    ],
)
def test_nearest(word, hint):
    assert nearest(word, KNOWN) == hint


def test_several_candidates_best_first():
    assert nearest("PROP", KNOWN, count=2) == " (did you mean 'PROPN' or 'PRON'?)"


def test_nothing_known_nothing_near():
    assert nearest("x", []) == ""
    assert nearest("NOUM", (word for word in KNOWN)) == " (did you mean 'NOUN'?)"


def test_every_error_is_caught_as_one():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(kinds) >= 7
    assert all(issubclass(kind, XtlError) for kind in kinds)
