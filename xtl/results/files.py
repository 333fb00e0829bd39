"""Files of results: one JSON object a line."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from xtl.atomic import write_text
from xtl.errors import DataFormatError, DataNotFoundError
from xtl.results.lines import FIELDS, Result, RunInfo, from_line, to_line

FILE_NAME = "results.jsonl"


def write(path: Path, results: Iterable[Result]) -> None:
    """Write one JSON object a line, in one rename.

    Args:
        path: File to write.
        results: Results, one a line.
    """
    write_text(path, "".join(json.dumps(to_line(result), ensure_ascii=False) + "\n" for result in results))


def read(path: Path | str) -> list[Result]:
    """Read what :func:`write` wrote.

    Args:
        path: File of results, a line of JSON each.

    Raises:
        DataNotFoundError: if the file is not there.
        DataFormatError: if a line is not one result.
    """
    path = Path(path)
    return _read_lines(_lines(path), path)


def read_whole_lines(path: Path) -> tuple[list[Result], str]:
    """Read results, all but a last line that was cut off.

    Args:
        path: File of results that may be written to at this moment.

    Returns:
        The results, and in words what was left out; empty: nothing was.

    Raises:
        DataNotFoundError: if the file is not there.
        DataFormatError: if another line is not one result.
    """
    lines = _lines(path)
    problem = ""
    if lines and not lines[-1].endswith(b"\n"):
        try:
            _read_line(lines[-1], "", {})
        except DataFormatError:
            lines.pop()
            problem = (
                f"{path}:{len(lines) + 1}: the last line is cut off and does not count; run that cell again"
            )
    return _read_lines(lines, path), problem


def _read_lines(lines: Sequence[bytes], path: Path) -> list[Result]:
    """Results whose equal runs are one object: a file has tens of lines of a run, a report thousands."""
    runs: dict[RunInfo, RunInfo] = {}
    return [_read_line(line, f"{path}:{number}", runs) for number, line in enumerate(lines, start=1)]


def _lines(path: Path) -> list[bytes]:
    if not path.is_file():
        raise DataNotFoundError(f"{path}: expected the results of a run, found none; did the run end?")
    with path.open("rb") as file:  # as bytes, since text would also end a line at characters such as U+2028
        return list(file)


def _read_line(line: bytes, where: str, runs: dict[RunInfo, RunInfo]) -> Result:
    try:
        result = from_line(json.loads(line))
        if not isinstance(result.value, int | float):
            raise TypeError("value is no number")
        run = runs.setdefault(result.run, result.run)  # a list among its fields has no hash: a TypeError
    except (ValueError, TypeError, KeyError) as error:
        names = ", ".join(FIELDS)
        excerpt = line.decode("utf-8", errors="replace").removesuffix("\n")[:60]
        raise DataFormatError(f"{where}: expected one JSON object with {names}; got {excerpt!r}") from error
    return replace(result, run=run)
