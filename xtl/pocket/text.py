"""Tokens to text, and from a role in the meaning to the characters that say it."""

from collections.abc import Sequence
from typing import NamedTuple

from xtl.pocket.grammar import grammar
from xtl.pocket.grammar.base import Token
from xtl.pocket.meaning import Meaning


class Sentence(NamedTuple):
    """A sentence and the tokens that it was made of, with the first character of each."""

    text: str
    tokens: tuple[Token, ...]
    starts: tuple[int, ...]

    def span(self, role: str) -> tuple[int, int]:
        """First character, and the one after the last, of what fills a role.

        An adposition at the edge of a subject or an object is not part of it; of a place it is.

        Raises:
            ValueError: if nothing fills the role, or if other words stand in between.
        """
        places = [i for i, token in enumerate(self.tokens) if token.role == role]
        if role.rsplit(".", 1)[-1] not in ("place", "time"):
            places = _without_adpositions(places, self.tokens)
        if not places or places[-1] - places[0] + 1 != len(places):
            raise ValueError(
                f"expected one stretch of words with the role {role!r} in {self.text!r}, got {places}"
            )
        return self.starts[places[0]], self.starts[places[-1]] + len(self.tokens[places[-1]].form)


def _without_adpositions(places: list[int], tokens: Sequence[Token]) -> list[int]:
    while places and tokens[places[0]].upos == "ADP":
        places = places[1:]
    while places and tokens[places[-1]].upos == "ADP":
        places = places[:-1]
    return places


def say(meaning: Meaning, lang: str) -> Sentence:
    """Say a meaning in a language."""
    tokens = grammar(lang).linearise(meaning)
    parts: list[str] = []
    starts: list[int] = []
    position = 0
    for form, _, _, _, space in tokens:
        if space and parts:
            parts.append(" ")
            position += 1
        starts.append(position)
        parts.append(form)
        position += len(form)
    return Sentence("".join(parts), tuple(tokens), tuple(starts))


def paragraph(sentences: Sequence[Sentence], lang: str) -> tuple[str, tuple[int, ...]]:
    """Put sentences one after the other.

    Returns:
        The text, and the first character of each sentence.
    """
    space = grammar(lang).SENTENCE_SPACE
    starts = []
    position = 0
    for sentence in sentences:
        starts.append(position)
        position += len(sentence.text) + len(space)
    return space.join(sentence.text for sentence in sentences), tuple(starts)
