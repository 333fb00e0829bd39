"""``xtl-report --power``: seeds and target languages that the questions of a pilot need."""

import logging
from collections.abc import Sequence
from pathlib import Path

from xtl.atomic import write_json
from xtl.progress import progress_meter
from xtl.report.planning import grid_table, power_record, requirement_table
from xtl.report.reading import read_scores, rules_of
from xtl.statistics.planning import PilotQuestion, pilot_questions, plan_grid, pooled, requirement
from xtl.terminal import plain_console

logger = logging.getLogger(__name__)

POWER = "power.json"

_MANY = 24
"""Questions that take longer than about two seconds."""


def plan_from_pilot(folders: Sequence[Path], out: Path | None, *, margin: float | None = None) -> None:
    """Print what each question of a pilot needs, and write it down.

    Args:
        folders: Folders of the pilot; the rules of the first one count.
        out: Folder or ``.json`` file for the plain values; ``None``: the first folder.
        margin: Gain that is as good as none; ``None``: that of the sweep's rules.

    Raises:
        ConfigError: if the margin is not above 0.
        DataNotFoundError: if there are no results.
        DataFormatError: if a line is not one result.
    """
    scores = read_scores(folders)
    rules, notes = rules_of(folders, margin=margin, runs=scores.runs)
    pilot = pilot_questions(scores.original, rules)
    kinds: dict[tuple[str, str, str], list[PilotQuestion]] = {}
    for question in pilot.questions:
        kinds.setdefault((question.task, question.intermediate, question.aim), []).append(question)
    total = len(pilot.questions) + len(kinds)
    requirements, grids = [], []
    with progress_meter("planning", total if total > _MANY else None) as meter:
        for question in pilot.questions:
            requirements.append((question, requirement(question, power=rules.power)))
            meter.advance(1, tokens=0)
        for questions in kinds.values():
            whole = pooled(questions)
            grids.append((whole, plan_grid(whole, power=rules.power)))
            meter.advance(1, tokens=0)
    console = plain_console()
    if requirements:
        console.print(requirement_table(requirements))
    for question, cells in grids:
        console.print(grid_table(question, cells))
    if requirements:
        console.print(
            "pilot: its seeds x target languages; finds: the smallest effect that these find; seeds: in "
            "these target languages; languages: with these seeds. For a chance of success of "
            f"{rules.power:.0%}, at level {rules.alpha:g} over as many tests as Holm takes. From 10 seeds "
            "and 9 languages on by formula, below by simulation. Noise as the pilot saw it, which few seeds "
            "leave uncertain.",
            soft_wrap=True,
        )
    problems = [f"not planned: {problem}" for problem in pilot.problems]
    for text in (*problems, *pilot.notes, *scores.notes, *notes):
        console.print(f"- {text}", soft_wrap=True)
    path = _json_file(out or folders[0])
    write_json(path, power_record(pilot, rules, requirements, grids))
    logger.info("plan: %s", path)


def _json_file(out: Path) -> Path:
    return out if out.suffix == ".json" else out / POWER
