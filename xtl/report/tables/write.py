"""Tables beside the page: what is printed as LaTeX, what it is made of as CSV."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from xtl.atomic import write_text
from xtl.report.tables.latex import latex_table
from xtl.report.tables.records import Record, csv_text

FOLDER = "tables"
"""Folder of a report that holds them."""

TABLES = f"report/{FOLDER}"
"""Folder of a sweep that holds them."""


def write_printed(
    folder: Path, name: str, printed: Table, records: Sequence[Record], *, caption: str = ""
) -> None:
    """Write a table twice, each file whole.

    Args:
        folder: Folder of the tables.
        name: Name of the table, which the files and LaTeX's label have; letters that no file name may hold
            are replaced.
        printed: Table as it is printed.
        records: Records of it, in full precision.
        caption: Caption of LaTeX's; empty: the table's title.
    """
    stem = "".join(char if char.isalnum() or char in "-_." else "_" for char in name)
    write_text(folder / f"{stem}.tex", latex_table(printed, caption=caption, label=f"tab:{stem}"))
    write_text(folder / f"{stem}.csv", csv_text(records))
