"""What the questions of a pilot need: tables for the terminal, and plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich import box

from xtl.statistics import Rules
from xtl.statistics.planning import Pilot, PilotQuestion, PlanCell, Requirement
from xtl.terminal import PlainTable


def requirement_table(requirements: Sequence[tuple[PilotQuestion, Requirement]]) -> PlainTable:
    """Lay out what each question needs: seeds in the pilot's target languages, or languages with its seeds.

    Args:
        requirements: Questions and what they need.
    """
    names = {question.intermediate for question, _ in requirements}
    single = len(names) == 1
    table = _table(f"What each question needs{f', after {names.copy().pop()}' if single else ''}")
    for name in ("target", *([] if single else ["after"]), "lang", "question"):
        table.add_column(name, overflow="fold")
    for name in ("of", "pilot", "finds"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("seeds", "or languages"):
        table.add_column(name, overflow="fold")
    for question, need in requirements:
        size = question.effect if question.margin is None else question.margin
        table.add_row(
            question.task,
            *([] if single else [question.intermediate]),
            question.lang,
            str(question.aim),
            f"{'' if question.margin is None else '±'}{size:.2g}",
            f"{question.num_seeds} x {question.num_langs}",
            "-" if need.smallest is None else f"{need.smallest:.2g}",
            need.seeds_in_words.partition(":")[0] if need.seeds is None else str(need.seeds),
            need.langs_in_words if need.langs is None else str(need.langs),
        )
    return table


def grid_table(question: PilotQuestion, cells: Sequence[PlanCell]) -> PlainTable:
    """Lay out what numbers of seeds (rows) and of target languages (columns) can do.

    Args:
        question: Question that the cells are of.
        cells: Plans, row by row.
    """
    size = question.effect if question.margin is None else question.margin
    what = f"power to find {size:.2g} / smallest effect found"
    if question.margin is not None:
        what = f"power to show that nothing lies outside ±{size:.2g}"
    table = _table(f"{question.task} after {question.intermediate}, {question.aim}: {what}")
    table.add_column("seeds", justify="right")
    langs = list(dict.fromkeys(cell.num_langs for cell in cells))
    for num_langs in langs:
        table.add_column(f"{num_langs} language{'s' if num_langs > 1 else ''}", justify="right", no_wrap=True)
    for num_seeds in dict.fromkeys(cell.num_seeds for cell in cells):
        row = [_cell(cell) for cell in cells if cell.num_seeds == num_seeds]
        table.add_row(str(num_seeds), *row)
    return table


def power_record(
    pilot: Pilot,
    rules: Rules,
    requirements: Sequence[tuple[PilotQuestion, Requirement]],
    grids: Sequence[tuple[PilotQuestion, Sequence[PlanCell]]],
) -> Mapping[str, Any]:
    """Plain values of a plan, for ``power.json``.

    Args:
        pilot: Questions and what could not be planned.
        rules: Margins, level and power.
        requirements: Questions and what they need.
        grids: Questions over intermediate languages, and what numbers of seeds and languages can do.
    """
    return {
        "rules": asdict(rules),
        "questions": [{**asdict(question), "needs": asdict(need)} for question, need in requirements],
        "grids": [
            {**asdict(question), "plans": [asdict(cell) for cell in cells]} for question, cells in grids
        ],
        "not_planned": list(pilot.problems),
        "notes": list(pilot.notes),
    }


def _table(title: str) -> PlainTable:
    return PlainTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, title=title)


def _cell(cell: PlanCell) -> str:
    power = f"{cell.power:.0%}"
    return power if cell.smallest is None else f"{power} / {cell.smallest:.2g}"
