"""Raw lines to examples without labels: plain text or a JSON object a line."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from xtl.data.rows import SkipReason
from xtl.errors import DataFormatError, nearest
from xtl.readers import ABSENT, lookup


class LineLocation(NamedTuple):
    """Source, uid and language of one line.

    Attributes:
        where: Source that errors name, such as ``stdin:12``.
        uid: Uid of the line's example; no other line has it.
        lang: Code of the line's language; may be empty.
    """

    where: str
    uid: str
    lang: str


class RawReader(Protocol):
    """Reads the lines that a task predicts for."""

    @property
    def layout(self) -> str:
        """What a line of text must be, for errors; empty: only JSON lines can be read."""

    @property
    def keys(self) -> str:
        """What a JSON line must be, for errors."""

    def from_text(self, text: str, location: LineLocation) -> Any:  # noqa: ANN401  an example of the task, or a Flaw
        """Read a line of text that is not blank."""

    def from_record(self, record: Mapping[str, Any], location: LineLocation) -> Any:  # noqa: ANN401
        """Read a JSON object."""


def guess_format(line: str) -> str:
    """Tell ``jsonl`` from ``text`` by the first line that is not blank.

    Example:
        >>> guess_format('{"words": ["Ein", "Hund"]}'), guess_format("{sic} Ein Hund")
        ('jsonl', 'text')
    """
    try:
        return "jsonl" if isinstance(json.loads(line), dict) else "text"
    except (ValueError, RecursionError):
        return "text"


def read_raw(
    reader: RawReader, line: str, location: LineLocation, *, form: str
) -> tuple[Any, Mapping[str, Any]]:
    """Read one line.

    Args:
        reader: Reader of the task.
        line: Line without its end.
        location: Source, uid and language of the line.
        form: Format, one of :data:`xtl.types.RAW_FORMATS`.

    Returns:
        An example, or a :class:`SkipReason` that says why there can be no prediction; and what the line says
        of itself (its ``id``, if it has one).

    Raises:
        DataFormatError: if the line is not in its format.
    """
    if not line.strip():
        return SkipReason("blank line"), {}
    if form == "text":
        if not reader.layout:
            raise DataFormatError(f"{location.where}: expected {reader.keys}, got {line[:60]!r}")
        return reader.from_text(line, location), {}
    record = _record(line, location, reader.keys)
    return reader.from_record(record, location), {"id": record["id"]} if "id" in record else {}


def _record(line: str, location: LineLocation, keys: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
        json.dumps(record, ensure_ascii=False).encode()  # JSON can spell half a character: "\\ud83d"
    except (ValueError, RecursionError) as error:
        raise DataFormatError(f"{location.where}: expected {keys}, got {line[:60]!r} ({error})") from error
    if not isinstance(record, dict):
        raise DataFormatError(f"{location.where}: expected {keys}, got {line[:60]!r}")
    return record


def checked_text(where: str, name: str, value: object) -> str:
    """The value of a field, which must be a text.

    Raises:
        DataFormatError: if it is something else.
    """
    if not isinstance(value, str):
        raise DataFormatError(f"{where}: expected a text in '{name}', got {value!r}")
    return value


def two_texts(text: str, location: LineLocation, layout: str) -> tuple[str, str]:
    """The two texts of a line, parted by a tab.

    Raises:
        DataFormatError: if there is no tab, or more than one.
    """
    parts = text.split("\t")
    if len(parts) != 2:
        raise DataFormatError(
            f"{location.where}: expected {layout}, got {len(parts) - 1} tabs in {text[:60]!r}; texts that "
            "hold tabs can be given as JSON lines"
        )
    return parts[0], parts[1]


def field_value(record: Mapping[str, Any], names: Sequence[str], location: LineLocation, keys: str) -> Any:  # noqa: ANN401
    """Value of the first of ``names``, each as :func:`xtl.readers.value_of` reads it, that a record has.

    Raises:
        DataFormatError: if it has none of them.
    """
    for name in filter(None, names):
        value = lookup(record, name)
        if value is not ABSENT:
            return value
    available = ", ".join(record) or "none"
    first = names[0].split("|")
    raise DataFormatError(
        f"{location.where}: expected {keys}, got no '{' or '.join(first)}' among {available}"
        f"{nearest(first[0], record)}"
    )


def text_field(record: Mapping[str, Any], names: Sequence[str], location: LineLocation, keys: str) -> str:
    """Text of the first of ``names`` that a record has.

    Raises:
        DataFormatError: if it has none of them, or no text there.
    """
    used = next((name for name in names if name and lookup(record, name) is not ABSENT), names[0])
    return checked_text(location.where, used, field_value(record, names, location, keys))
