"""Which phases the cells of a sweep share, by their settings: keys are not known before data are read."""

import re
from collections.abc import Sequence
from typing import Any

from xtl.data.digests import settings_digest
from xtl.schemas.cell import TrainConfig
from xtl.schemas.fields import CATEGORIES, FEATURES, ROWS, TUNING, WEIGHTS, affecting
from xtl.schemas.task import TaskConfig

_OF_INTERMEDIATE = re.compile(r"[+~]*intermediate[.=@]")
"""Beginning of an override of the intermediate task, or of the choice of one."""

_WITHOUT_ROWS = re.compile(r"[+]*intermediate\.(size=0|fraction=(0(\.0*)?|\.0+))$")
"""Override that leaves the intermediate phase out."""


def distinct_cells(cells: Sequence[Sequence[str]]) -> list[list[str]]:
    """Cells of a grid without those that are what an earlier one is.

    Where no row of an intermediate task is trained on, its language and all else of it change nothing: one
    baseline serves all intermediate languages.

    Args:
        cells: Overrides of each cell.

    Example:
        >>> settings = [("en", 0), ("de", 0), ("en", 9), ("de", 9)]
        >>> grid = [[f"intermediate.lang={lang}", f"intermediate.size={size}"] for lang, size in settings]
        >>> for cell in distinct_cells(grid):
        ...     print(*cell)
        intermediate.lang=en intermediate.size=0
        intermediate.lang=en intermediate.size=9
        intermediate.lang=de intermediate.size=9
    """
    first: dict[tuple[str, ...], list[str]] = {}
    for cell in cells:
        deciding = tuple(cell)
        if any(_WITHOUT_ROWS.match(override) for override in cell):
            deciding = tuple(override for override in cell if not _OF_INTERMEDIATE.match(override))
        first.setdefault(deciding, list(cell))
    return list(first.values())


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
    for name, task in (("intermediate", config.intermediate), ("target", config.target)):
        if task is not None and _trains(task):
            names[name] = settings_digest({**parent, "task": _deciding(task)})
            parent = {"parent": names[name]}
    return names


def _trains(task: TaskConfig) -> bool:
    return task.recipe.epochs > 0 and task.fraction != 0 and task.size != 0


def _deciding(task: TaskConfig) -> dict[str, Any]:
    settings = affecting(task, FEATURES, WEIGHTS, TUNING, ROWS)
    if not task.shots:
        settings.pop("langs", None)  # then it says what is scored, and no row to train on
    return settings
