"""A printed table as LaTeX: booktabs, nothing else, every letter escaped."""

from collections.abc import Mapping, Sequence

from rich.table import Table
from rich.text import Text

_ESCAPES: Mapping[str, str] = {
    "\\": r"\textbackslash{}",
    **{sign: rf"\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    # At the beginning of a row these would belong to the line break before.
    "[": "{[}",
    "*": "{*}",
    "±": r"$\pm$",
    "\n": " ",
}


def latex_table(table: Table, *, caption: str = "", label: str = "") -> str:
    r"""Floating table with the headings and cells of a printed one; it needs ``\usepackage{booktabs}``.

    Args:
        table: Printed table, whose cells are texts.
        caption: Caption; empty: the table's title.
        label: Label for ``\ref``; empty: none.

    Example:
        >>> from xtl.terminal import PlainTable
        >>> table = PlainTable()
        >>> table.add_column("task")
        >>> table.add_column("F1 & more")
        >>> table.add_row("pocket_ner", "87.4 ± 0.6")
        >>> print(latex_table(table))
        \begin{table}
        \centering
        \begin{tabular}{ll}
        \toprule
        task & F1 \& more \\
        \midrule
        pocket\_ner & 87.4 $\pm$ 0.6 \\
        \bottomrule
        \end{tabular}
        \end{table}
        <BLANKLINE>
    """
    columns = [[_text(cell).replace("\n±", " ± ") for cell in column.cells] for column in table.columns]
    alignment = "".join("r" if column.justify == "right" else "l" for column in table.columns)
    lines = [r"\begin{table}", r"\centering"]
    title = caption or ("" if table.title is None else str(table.title))
    if title:
        lines.append(rf"\caption{{{escaped(title)}}}")
    if label:
        lines.append(rf"\label{{{label}}}")
    lines += [rf"\begin{{tabular}}{{{alignment}}}", r"\toprule"]
    lines += [_row([_text(column.header) for column in table.columns]), r"\midrule"]
    for index, row in enumerate(table.rows):
        lines.append(_row([column[index] for column in columns]))
        if row.end_section and index + 1 < len(table.rows):
            lines.append(r"\midrule")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""])


def escaped(text: str) -> str:
    r"""Text in which no letter is a command of LaTeX.

    Example:
        >>> print(escaped("95 % of a_b"))
        95 \% of a\_b
    """
    return "".join(_ESCAPES.get(char, char) for char in text)


def _row(cells: Sequence[str]) -> str:
    return " & ".join(map(escaped, cells)) + r" \\"


def _text(cell: object) -> str:
    return cell.plain if isinstance(cell, Text) else str(cell)
