"""Which phases the cells of a sweep share, by their settings: keys are not known before data are read."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from xtl.data.digests import settings_digest
from xtl.schemas.cell import TrainConfig
from xtl.schemas.fields import CATEGORIES, FEATURES, ROWS, TUNING, WEIGHTS, affecting
from xtl.schemas.task import TaskConfig

_OF_INTERMEDIATE = re.compile(r"[+~]*intermediate[.=@]")
"""Beginning of an override of the intermediate task, or of the choice of one."""

_WITHOUT_ROWS = re.compile(r"[+]*intermediate\.(size=0|fraction=(0(\.0*)?|\.0+))$")
"""Override that leaves the intermediate phase out."""


def distinct_cells(
    cells: Sequence[Sequence[str]], are_one: Callable[[Sequence[str], Sequence[str]], bool]
) -> list[list[str]]:
    """Cells of a grid without those that are what an earlier one is.

    Where no row of an intermediate task is trained on, its language and all else of it change nothing: one
    baseline serves all intermediate languages.

    Args:
        cells: Overrides of each cell.
        are_one: Function that says whether two cells which differ in the intermediate task alone, and say
            that it has no rows, are the same one; :func:`are_one_baseline` of their configs knows.

    Example:
        >>> settings = [("en", 0), ("de", 0), ("en", 9), ("de", 9)]
        >>> grid = [[f"intermediate.lang={lang}", f"intermediate.size={size}"] for lang, size in settings]
        >>> for cell in distinct_cells(grid, are_one=lambda first, second: True):
        ...     print(*cell)
        intermediate.lang=en intermediate.size=0
        intermediate.lang=en intermediate.size=9
        intermediate.lang=de intermediate.size=9
    """
    alike: dict[tuple[str, ...], list[Sequence[str]]] = {}
    distinct = []
    for cell in cells:
        deciding = tuple(cell)
        if any(_WITHOUT_ROWS.match(override) for override in cell):
            deciding = tuple(override for override in cell if not _OF_INTERMEDIATE.match(override))
        earlier = alike.setdefault(deciding, [])
        if not any(list(cell) == list(other) or are_one(other, cell) for other in earlier):
            earlier.append(cell)
            distinct.append(list(cell))
    return distinct


def are_one_baseline(first: TrainConfig, second: TrainConfig) -> bool:
    """Whether two cells train on no intermediate row, and are the same in all else.

    Args:
        first: Config of a cell, resolved.
        second: Config of another one.
    """
    # Members of a mixture may have a size of their own, and the target may be as the intermediate task is.
    without = [replace(config, intermediate=None) for config in (first, second)]
    tasks = (first.intermediate, second.intermediate)
    return without[0] == without[1] and not any(task.trains for task in tasks if task is not None)


def phases_of(config: TrainConfig) -> dict[str, str]:
    """Phases that a cell trains, each with a name that cells have in common which train the same one.

    Cells of the same settings have the same key in the phase store. The other way round it may fail to hold,
    as of ``size=100`` and ``fraction=1`` of 100 rows: then one cell waits for the other one's lock.

    Args:
        config: Config of the cell, resolved.

    Returns:
        ``intermediate``, ``target`` or both, in this order, to 16 hexadecimal digits.
    """
    names: dict[str, str] = {}
    parent: dict[str, Any] = {
        "backbone": affecting(config.backbone, *CATEGORIES),
        "data": affecting(config.data, *CATEGORIES),
        "root": config.data.root,  # which says nothing of what is in it
        "accelerator": config.trainer.accelerator,  # which decides what precision=auto is
        "precision": config.trainer.precision,
        "kernels": config.trainer.kernels,
        "seed": config.seed,
        "data_seed": config.data_seed,
        **config.trainer.shares,
    }
    for name, task in config.phases:
        if task.trains:
            names[name] = settings_digest({**parent, "task": _deciding(task)})
            parent = {"parent": names[name]}
    return names


def _deciding(task: TaskConfig) -> dict[str, Any]:
    settings = affecting(task, FEATURES, WEIGHTS, TUNING, ROWS)
    if not task.shots:
        settings.pop("langs", None)  # then it says what is scored, and no row to train on
    return settings
