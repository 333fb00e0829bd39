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
        indices = [index for index, token in enumerate(self.tokens) if token.role == role]
        # "in the park" answers where; "to Peter" does not answer who.
        if role.rsplit(".", 1)[-1] not in ("place", "time"):
            indices = _without_adpositions(indices, self.tokens)
        if not indices or indices[-1] - indices[0] + 1 != len(indices):
            raise ValueError(
                f"expected one stretch of words with the role {role!r} in {self.text!r}, got {indices}"
            )
        return self.starts[indices[0]], self.starts[indices[-1]] + len(self.tokens[indices[-1]].form)


def _without_adpositions(indices: list[int], tokens: Sequence[Token]) -> list[int]:
    while indices and tokens[indices[0]].upos == "ADP":
        indices = indices[1:]
    while indices and tokens[indices[-1]].upos == "ADP":
        indices = indices[:-1]
    return indices


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
