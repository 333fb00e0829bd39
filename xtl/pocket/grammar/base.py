"""What the grammars share: tokens, phrases of the lexicon, names, capitals and punctuation."""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from xtl.pocket.concepts import NAMES
from xtl.pocket.lexicon import load

_ENTITY = {"person": "PER", "city": "LOC", "organisation": "ORG"}


class Token(NamedTuple):
    """One word as it is written, or one mark of punctuation.

    Attributes:
        form: The letters.
        upos: The universal part of speech.
        role: The role in the clause it belongs to: subject, object, recipient, place, time, or "";
            in the other clause of a meaning with "other." before it.
        entity: Entity tag in IOB2: O, B-PER, I-PER, ...
        space: Whether a space stands before it (never before the first token of a text).
    """

    form: str
    upos: str
    role: str = ""
    entity: str = "O"
    space: bool = True


Tokens = list[Token]


def words(text: str) -> Tokens:
    """Read a phrase of the lexicon, ``last/ADJ week/NOUN``."""
    return list(_words(text))


@cache
def _words(text: str) -> tuple[Token, ...]:
    pairs = (item.rsplit("/", 1) for item in text.split())
    return tuple(Token(form, upos) for form, upos in pairs)


def name(lang: str, key: str, form: str = "") -> Tokens:
    """The tokens of a name: proper nouns, tagged as an entity.

    Args:
        lang: The language.
        key: The name in ``concepts.toml``.
        form: Another form than the one in the field ``form`` of the lexicon (a case, say).
    """
    return list(_name(lang, key, form))


@cache
def _name(lang: str, key: str, form: str) -> tuple[Token, ...]:
    tag = _ENTITY[NAMES[key].cls]
    parts = (form or load(lang).name[key]["form"]).split()
    return tuple(Token(part, "PROPN", "", f"{'I' if i else 'B'}-{tag}") for i, part in enumerate(parts))


def mark(tokens: Iterable[Token], role: str) -> Tokens:
    """Say which role of the clause some tokens fill."""
    return [Token(form, upos, role, entity, space) for form, upos, _, entity, space in tokens]


def inside(tokens: Iterable[Token], prefix: str = "other") -> Tokens:
    """Put the roles of a clause below another one: ``subject`` becomes ``other.subject``."""
    return [
        Token(form, upos, f"{prefix}.{role}" if role else "", entity, space)
        for form, upos, role, entity, space in tokens
    ]


def comma(mark_: str = ",") -> Token:
    """A comma, attached to the word before it."""
    return Token(mark_, "PUNCT", space=False)


def attached(form: str, upos: str, role: str = "", entity: str = "O") -> Token:
    """A token without a space before it."""
    return Token(form, upos, role, entity, space=False)


def finish(tokens: Tokens, end: str, *, start: str = "", capital: bool = True) -> Tokens:
    """Make a sentence: a capital letter at the beginning and a mark at the end.

    Args:
        tokens: The words.
        end: The final mark.
        start: A mark before the first word, as in Spanish questions.
        capital: Whether the script has capitals.
    """
    first = tokens[0]
    if capital and first.form[0].islower():
        tokens[0] = first = first._replace(form=first.form[0].upper() + first.form[1:])
    if start:
        tokens[0] = first._replace(space=False)
        tokens.insert(0, Token(start, "PUNCT"))
    tokens.append(Token(end, "PUNCT", space=False))
    return tokens
