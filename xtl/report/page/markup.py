"""Pieces of HTML: tables that can be sorted, sections, figures. All text that comes in is escaped here."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from xtl.statistics import Interval

NONE = "-"
"""Cell of a table where there is no number."""


_SHORT = 18
"""Letters of a cell that is not folded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """Column of a table.

    Attributes:
        name: Heading.
        is_number: Whether its cells are numbers, which stand at the right and sort as such.
        is_text: Whether its cells are sentences, which want room.
        title: What the heading stands for; shown when it is pointed at.
    """

    name: str
    is_number: bool = False
    is_text: bool = False
    title: str = ""


def numbers(*names: str) -> tuple[Column, ...]:
    """Columns of numbers."""
    return tuple(Column(name=name, is_number=True) for name in names)


def words(*names: str) -> tuple[Column, ...]:
    """Columns of words."""
    return tuple(Column(name=name) for name in names)


def texts(*names: str) -> tuple[Column, ...]:
    """Columns of sentences."""
    return tuple(Column(name=name, is_text=True) for name in names)


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]], *, caption: str) -> str:
    """Table whose headings are buttons that sort it; the first cell of each row heads it.

    Args:
        columns: Columns.
        rows: Texts of the cells.
        caption: What the table shows.
    """
    head = "".join(
        f'<th scope="col"{_class(column)}><button type="button"{_title(column)}>'
        f"{escape(column.name)}</button></th>"
        for column in columns
    )
    body = "".join(f"<tr>{''.join(_cells(columns, row))}</tr>" for row in rows)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}"><table>'
        f"<caption><span>{escape(caption)}</span></caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def section(name: str, title: str, *parts: str) -> str:
    """Section with a heading; empty where all its parts are.

    Args:
        name: Identifier, which the contents link to.
        title: Heading.
        parts: HTML.
    """
    body = "".join(parts)
    if not body:
        return ""
    return f'<section aria-labelledby="{name}"><h2 id="{name}">{escape(title)}</h2>{body}</section>'


def figure(svgs: Sequence[str], *, caption: str, file: str) -> str:
    """Figure of one or several SVGs, with the files that hold it too.

    Args:
        svgs: SVG elements; nothing is shown where there are none.
        caption: What is seen.
        file: Name of the files beside the page, without their endings.
    """
    if not svgs:
        return ""
    drawn = "".join(f'<div class="panel">{svg}</div>' for svg in svgs)
    files = f"Beside this page as {file}.svg, {file}.pdf and {file}.png."
    return (
        f'<figure><div class="panels">{drawn}</div>'
        f'<figcaption>{escape(caption)} <span class="files">{escape(files)}</span></figcaption></figure>'
    )


def paragraph(text: str, *, kind: str = "note") -> str:
    """Paragraph of a kind that the template has a style for."""
    return f'<p class="{kind}">{escape(text)}</p>'


def bullets(items: Iterable[str]) -> str:
    """List of texts; empty for none."""
    lines = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f"<ul>{lines}</ul>" if lines else ""


def details(summary: str, *parts: str) -> str:
    """Part that is opened by a click; empty where all its parts are."""
    body = "".join(parts)
    return f"<details><summary>{escape(summary)}</summary>{body}</details>" if body else ""


def with_interval(value: float, interval: Interval | None, *, sign: str = "+", digits: int = 2) -> str:
    """Number and its interval, such as ``+1.20 [0.90, 1.50]``."""
    text = f"{value:{sign}.{digits}f}"
    if interval is None:
        return text
    return f"{text} [{interval.low:{sign}.{digits}f}, {interval.high:{sign}.{digits}f}]"


def _cells(columns: Sequence[Column], row: Sequence[str]) -> Iterable[str]:
    for position, (column, text) in enumerate(zip(columns, row, strict=True)):
        start, end = ('th scope="row"', "th") if position == 0 else ("td", "td")
        yield f"<{start}{_class(column, text)}{_value(column, text)}>{escape(text)}</{end}>"


def _value(column: Column, text: str) -> str:
    """Number to sort by: the first of the cell, as in ``1,000`` or ``+1.20 [0.90, 1.50]``."""
    if not column.is_number:
        return ""
    match = re.match(r"[<≤]?\s*([-+]?[\d,]*\.?\d+(?:e[-+]?\d+)?)", text)
    return f' data-value="{match[1].replace(",", "")}"' if match else ' data-value=""'


def _class(column: Column, text: str | None = None) -> str:
    if column.is_number:
        return ' class="number"'
    if column.is_text:
        return ' class="wide"'
    return ' class="short"' if text is not None and len(text) <= _SHORT else ""


def _title(column: Column) -> str:
    return f' title="{escape(column.title)}"' if column.title else ""
