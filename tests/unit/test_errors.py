import errno
from pathlib import Path

import pytest
from hydra.errors import MissingConfigException

from xtl import errors
from xtl.errors import XtlError, explained, nearest

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


def test_an_error_of_hydra_is_none_of_the_disk():
    missing = MissingConfigException("Could not find 'target/pnax'", "target/pnax", [])
    assert isinstance(missing, OSError)
    assert explained(missing, Path("sweep")) == "Could not find 'target/pnax'"
    full = OSError(errno.ENOSPC, "No space left on device")
    assert explained(full, Path("sweep")).startswith(
        "sweep: No space left on device; what could not be written"
    )
