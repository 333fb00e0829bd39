"""Values that JSON, or a file that holds JSON, gives: checked, and labels in one form."""

import json
import math
import re
from typing import Any

from xtl.errors import DataFormatError

_WHOLE = re.compile(r"([-+]?\d+)\.0+")
"""A whole number as a column of numbers with empty cells writes it: ``1.0``."""


def check_characters(where: str, value: object) -> None:
    r"""Refuse half a character: JSON can spell one half of a surrogate pair, ``\ud83d``, which is no text.

    Args:
        where: File and row, for the error.
        value: Value as :func:`json.loads` gives it.

    Raises:
        DataFormatError: if a text in it, or a name, cannot be written as UTF-8.
    """
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = ascii(error.object[error.start])
        around = ascii(error.object[max(error.start - 20, 0) : error.end + 20])
        raise DataFormatError(
            f"{where}: expected text, got half a character, {half}, in {around}; write both halves of "
            "the pair, or leave it out"
        ) from error


def is_missing(value: object) -> bool:
    """Whether a cell is empty: ``None``, or NaN, which a column of numbers has instead.

    Args:
        value: Value of a cell, of any type.
    """
    return value is None or (isinstance(value, float) and math.isnan(value))


def label_text(value: Any) -> str:  # noqa: ANN401  whatever a file may hold
    """Label as text, however a file writes it: empty if there is none, ``1`` for 1.0.

    Args:
        value: Value of a cell: a text, a number, a truth value, or nothing.

    Example:
        >>> [label_text(value) for value in (" yes ", 1, 1.0, "1.0", 0.5, None, float("nan"))]
        ['yes', '1', '1', '1', '0.5', '', '']
    """
    if is_missing(value):
        return ""
    if isinstance(value, bool):
        return str(value).lower()  # as YAML and JSON write it
    text = str(value).strip()
    whole = _WHOLE.fullmatch(text)
    return whole.group(1) if whole else text
