"""Where answers stand in their context, whatever a file counts in and however it writes spaces."""

import re
import unicodedata
from collections.abc import Iterator

from xtl.types import Answer

MAX_SHIFT = 64
"""Characters by which the start in a file may be wrong where the text stands several times."""

_SPACES = re.compile("[\\s\u200b\ufeff]+")
"""White space of Unicode (no-break spaces and line breaks are some), and spaces without width."""


def located(context: str, answer: Answer) -> Answer | None:
    """Answer as it stands where its file says, or elsewhere if it is clear which place is meant.

    Mended are: a start that is off by a few characters, or counts bytes of UTF-8 or units of UTF-16; spaces
    around the text, and others inside it than the context has; another Unicode form (composed, decomposed).
    A text that stands once only, and is no part of a word there, is found wherever it stands. The returned
    text is that of the context.

    Args:
        context: Text that the answer must be part of.
        answer: Answer as its file has it.

    Returns:
        The answer as it stands in the context, or ``None`` if it is not there, or in several places that are
        all far from the one that its file says.
    """
    # What is right stays as it is, spaces around it included: scorers compare with the text of the file.
    if answer.text.strip() and context.startswith(answer.text, max(answer.start, 0)):
        return answer if answer.start >= 0 else Answer(text=answer.text, start=0)
    matches = list(_matches(context, answer.text))
    if not matches:
        return None
    starts = _possible_starts(context, answer.start)

    def distance(match: tuple[int, int]) -> int:
        return min(abs(match[0] - possible) for possible in starts)

    start, end = min(matches, key=distance)
    # A short answer, a year or a name, may stand elsewhere and mean another thing; not if it stands once.
    only_one = len(matches) == 1 and not _cuts_a_word(context, start, end)
    if distance((start, end)) > MAX_SHIFT and not only_one:
        return None
    return Answer(text=context[start:end], start=start)


def is_inside(context: str, text: str) -> bool:
    """Whether a text stands in its context, with any spaces and in any Unicode form."""
    return any(_matches(context, text))


def _matches(context: str, text: str) -> Iterator[tuple[int, int]]:
    """First character of each place where a text stands, and the one behind its last."""
    stripped = _SPACES.sub(" ", text).strip()
    forms = [stripped, *(unicodedata.normalize(form, stripped) for form in ("NFC", "NFD"))]
    seen: set[int] = set()
    for form in dict.fromkeys(forms):
        # Overlapping places too: a look-ahead takes no characters.
        words = _SPACES.pattern.join(map(re.escape, form.split()))
        for match in re.finditer(f"(?=({words}))", context) if words else ():
            if match.start() not in seen:
                seen.add(match.start())
                yield match.span(1)


def _possible_starts(context: str, start: int) -> list[int]:
    """Characters that a number may mean: as it is, as bytes of UTF-8, as units of UTF-16."""
    if context.isascii() or start < 0:
        return [start]
    read = [start]
    for encoding, width in (("utf-8", 1), ("utf-16-le", 2)):
        encoded = context.encode(encoding)
        if start * width <= len(encoded):
            read.append(len(encoded[: start * width].decode(encoding, errors="ignore")))
    return read


def _cuts_a_word(context: str, start: int, end: int) -> bool:
    """Whether a place begins or ends inside a number, or a word of a script with upper and lower case."""
    return any(_are_joined(context[cut - 1 : cut], context[cut : cut + 1]) for cut in (start, end))


def _are_joined(before: str, after: str) -> bool:
    # Scripts without case may have no spaces between words (Chinese, Thai), or particles joined to them.
    digits = before.isdigit() and after.isdigit()
    return digits or all(char.isalpha() and char.lower() != char.upper() for char in (before, after))
