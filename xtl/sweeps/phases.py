"""Which phases the cells of a sweep share, by their settings: keys are not known before data are read."""

from typing import Any

from xtl.data.digests import settings_digest
from xtl.schemas.cell import TrainConfig
from xtl.schemas.fields import CATEGORIES, FEATURES, ROWS, TUNING, WEIGHTS, affecting
from xtl.schemas.task import TaskConfig


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
        "accelerator": config.trainer.accelerator,  # which decides what precision=auto is
        "precision": config.trainer.precision,
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
