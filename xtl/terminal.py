"""What is printed on a terminal, letter by letter: no text of a user is read as markup.

rich reads ``[b]`` as bold, ``[/b]`` as an error and ``:x:`` as a picture. Names of labels, files and tasks
may hold any of them, so all of xtl prints through these two.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from math import ceil
from typing import Any, Self

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Column, Table
from rich.text import Text, TextType


def plain_console(*, stderr: bool = False, soft_wrap: bool = False) -> Console:
    """Console that prints texts as they are.

    Args:
        stderr: Whether it prints on standard error.
        soft_wrap: Whether long lines are left to the terminal.
    """
    return Console(stderr=stderr, soft_wrap=soft_wrap, highlight=False, markup=False, emoji=False)


_ANY_WIDTH = 100_000


class PlainTable(Table):
    """Table whose cells, headings and title are shown as they are, on any console, that of a notebook too.

    One that says which columns name its rows is shown in parts, one below the other, where the console is too
    narrow for all columns: numbers that are cut off are none.

    Args:
        title: Title.
        keys: Number of the first columns, which name the rows and stand in each part; ``None``: no parts.
        options: Those of :class:`rich.table.Table`.
    """

    def __init__(
        self,
        *,
        title: str | None = None,
        keys: int | None = None,
        **options: Any,  # noqa: ANN401  rich's own
    ) -> None:
        super().__init__(title=None if title is None else Text(title, style="table.title"), **options)
        self.keys = keys

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Show the table, or its parts."""
        for part in self._parts(console, options):
            title = part.title
            if isinstance(title, Text) and title.cell_len > Measurement.get(console, options, part).maximum:
                # rich would break it to the width of the table, word by word above a narrow one.
                yield title
                part.title = None
            yield from super(PlainTable, part).__rich_console__(console, options)
            part.title = title

    def _parts(self, console: Console, options: ConsoleOptions) -> Sequence[Self]:
        """Fewest parts, with as many columns each, that fit; none has to where one column is too wide."""
        num_keys = len(self.columns) if self.keys is None else self.keys
        names, values = self.columns[:num_keys], self.columns[num_keys:]
        parts: Sequence[Self] = [self]
        wide = options.update(max_width=_ANY_WIDTH)
        for num_parts in range(1, len(values) + 1):
            size = ceil(len(values) / num_parts)
            parts = [
                self._part([*names, *values[start : start + size]], title=self.title if start == 0 else None)
                for start in range(0, len(values), size)
            ]
            if all(Measurement.get(console, wide, part).maximum <= options.max_width for part in parts):
                break
        return parts

    def _part(self, columns: Sequence[Column], *, title: TextType | None) -> Self:
        part = copy(self)
        part.columns = [replace(column, _index=index) for index, column in enumerate(columns)]
        part.title = title
        return part

    def add_column(self, header: RenderableType = "", footer: RenderableType = "", **options: Any) -> None:  # noqa: ANN401  rich's own
        """Add a column, see :meth:`rich.table.Table.add_column`."""
        super().add_column(_plain(header), _plain(footer), **options)

    def add_row(self, *cells: RenderableType | None, **options: Any) -> None:  # noqa: ANN401  rich's own
        """Add a row, see :meth:`rich.table.Table.add_row`."""
        super().add_row(*[cell if cell is None else _plain(cell) for cell in cells], **options)


def _plain(cell: RenderableType) -> RenderableType:
    return Text(cell) if isinstance(cell, str) else cell
