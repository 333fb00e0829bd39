"""What a planned sweep can expect to find, by the noise of an earlier one; for its dry run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box

from xtl.errors import XtlError
from xtl.terminal import PlainTable, plain_console

if TYPE_CHECKING:
    from xtl.statistics.planning import PilotQuestion


def print_expectation(pilot: str | None, seeds: Sequence[int], rules: Mapping[str, Any]) -> None:
    """Print the smallest effects that a sweep of these seeds finds, in the target languages of the pilot.

    Args:
        pilot: Folder of an earlier sweep; ``None``: there is none.
        seeds: Seeds of the planned grid.
        rules: Rules of the planned sweep, as ``sweep.rules``.
    """
    console = plain_console()
    if pilot is None:
        console.print("smallest effect to expect: no earlier sweep: give sweep.pilot=FOLDER")
        return
    if len(seeds) < 2:
        console.print("smallest effect to expect: none, since one seed has no interval; give seed=1,2,3")
        return
    # Here, since few dry runs have a pilot, and these take a second to load.
    from xtl import results
    from xtl.statistics import Rules
    from xtl.statistics.planning import pilot_questions

    try:
        limits = Rules(**rules)
        usable = results.usable([Path(pilot).expanduser()])
    except (XtlError, OSError, ValueError) as error:
        console.print(f"smallest effect to expect: sweep.pilot: {error}", soft_wrap=True)
        return
    lines = [line for of_folder in usable.results.values() for line in results.selected(of_folder)]
    noise = pilot_questions(lines, limits)
    if noise.questions:
        console.print(_table(noise.questions, len(seeds), power=limits.power))
        console.print(
            f"Noise as in {pilot}, in its target languages; xtl-report {pilot} --power says what would do.",
            soft_wrap=True,
        )
    for text in (*usable.problems, *noise.problems):
        console.print(f"- {text}", soft_wrap=True)


def _table(questions: Sequence[PilotQuestion], num_seeds: int, *, power: float) -> PlainTable:
    from xtl.statistics import minimum_detectable_effect
    from xtl.statistics.planning import Aim

    table = PlainTable(
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        title=f"smallest effect to expect with {num_seeds} seeds, found in {power:.0%} of studies",
    )
    for name in ("target", "after", "lang", "question"):
        table.add_column(name, overflow="fold")
    for name in ("languages", "effect", "margin"):
        table.add_column(name, justify="right", no_wrap=True)
    for question in questions:
        if question.aim is Aim.NO_EFFECT:
            continue
        smallest = minimum_detectable_effect(
            question.parts, num_seeds, question.num_langs, alpha=question.alpha, power=power
        )
        table.add_row(
            question.task,
            question.intermediate,
            question.lang,
            str(question.aim),
            str(question.num_langs),
            f"{smallest:.2g}",
            f"{question.effect:.2g}",
        )
    return table
