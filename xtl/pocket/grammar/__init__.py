"""The concrete grammars: one module a language, found by its name."""

from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Protocol, cast

from xtl.errors import DataNotFoundError, nearest
from xtl.pocket.grammar.base import Token
from xtl.pocket.meaning import Meaning

LANGUAGES: tuple[str, ...] = ("en", "de", "es", "fr", "ru", "tr", "hi", "ar", "zh", "sw")


class Grammar(Protocol):
    """What a module ``grammar/<lang>.py`` provides."""

    SENTENCE_SPACE: str
    """What stands between two sentences of a paragraph."""

    def linearise(self, meaning: Meaning) -> list[Token]:
        """Turn a meaning into a sentence, final punctuation included."""


def available() -> tuple[str, ...]:
    """The languages with both a grammar and a lexicon."""
    here = files("xtl.pocket")
    return tuple(
        lang
        for lang in LANGUAGES
        if here.joinpath("grammar", f"{lang}.py").is_file()
        and here.joinpath("lexicon", f"{lang}.toml").is_file()
    )


@cache
def grammar(lang: str) -> Grammar:
    """The grammar of a language.

    Raises:
        DataNotFoundError: if there is none.
    """
    if lang not in available():
        known = available()
        raise DataNotFoundError(
            f"pocket does not speak {lang!r}{nearest(lang, known)}; it speaks {', '.join(known)}"
        )
    return cast("Grammar", import_module(f"xtl.pocket.grammar.{lang}"))
