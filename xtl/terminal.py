"""What is printed on a terminal, letter by letter: no text of a user is read as markup.

rich reads ``[b]`` as bold, ``[/b]`` as an error and ``:x:`` as a picture. Names of labels, files and tasks
may hold any of them, so all of xtl prints through these two.
"""

from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text


def plain_console(*, stderr: bool = False, soft_wrap: bool = False) -> Console:
    """Console that prints texts as they are.

    Args:
        stderr: Whether it prints on standard error.
        soft_wrap: Whether long lines are left to the terminal.
    """
    return Console(stderr=stderr, soft_wrap=soft_wrap, highlight=False, markup=False, emoji=False)


class PlainTable(Table):
    """Table whose cells, headings and title are shown as they are, on any console, that of a notebook too."""

    def __init__(self, *, title: str | None = None, **options: Any) -> None:  # noqa: ANN401  rich's own
        super().__init__(title=None if title is None else Text(title, style="table.title"), **options)

    def add_column(self, header: RenderableType = "", footer: RenderableType = "", **options: Any) -> None:  # noqa: ANN401  rich's own
        """Add a column, see :meth:`rich.table.Table.add_column`."""
        super().add_column(_plain(header), _plain(footer), **options)

    def add_row(self, *cells: RenderableType | None, **options: Any) -> None:  # noqa: ANN401  rich's own
        """Add a row, see :meth:`rich.table.Table.add_row`."""
        super().add_row(*[cell if cell is None else _plain(cell) for cell in cells], **options)


def _plain(cell: RenderableType) -> RenderableType:
    return Text(cell) if isinstance(cell, str) else cell
