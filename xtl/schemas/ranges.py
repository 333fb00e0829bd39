"""Checks of single values that the schemas of several rooms share."""

from collections.abc import Sequence

from xtl.errors import ConfigError, nearest
from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.task import TaskConfig
from xtl.types import POOLINGS


def updates_of(task: TaskConfig, where: str) -> int | None:
    """Read the budget of a phase: a number of updates, or ``None`` for the recipe's epochs.

    Raises:
        ConfigError: if it is written otherwise.
    """
    if task.budget == "epochs":
        return None
    unit, _, number = task.budget.partition(":")
    if unit != "steps" or not number.isdecimal():
        raise ConfigError(f"{where}.budget: expected epochs or steps:N, got '{task.budget}'")
    return int(number)


def budget_text(task: TaskConfig) -> str:
    """Budget of a phase as results and plans of sweeps write it, such as ``epochs:3`` or ``steps:360``."""
    updates = updates_of(task, task.name)
    return f"epochs:{task.recipe.epochs}" if updates is None else f"steps:{updates}"


def one_of(value: str, choices: Sequence[str], where: str) -> None:
    """Refuse a value that is none of ``choices``, naming the nearest one."""
    if value not in choices:
        raise ConfigError(
            f"{where}: expected one of {', '.join(choices)}, got '{value}'{nearest(value, choices)}"
        )


def at_least(value: float, least: float, where: str) -> None:
    """Refuse a number below ``least``, and what is no number."""
    if not value >= least:
        raise ConfigError(f"{where}: expected at least {least}, got {value}")


def check_seed(seed: int, where: str) -> None:
    """Refuse a seed that numpy's generator does not know, which would stop a cell after its data are read."""
    if not 0 <= seed < 2**32:
        raise ConfigError(f"{where}: expected a whole number from 0 to {2**32 - 1}, got {seed}")


def different_names(names: str, where: str) -> None:
    """Refuse labels, separated by spaces, that are fewer than two or not all different."""
    listed = names.split()
    if len(set(listed)) != len(listed) or len(listed) < 2:
        raise ConfigError(f"{where}: expected at least two different labels, got '{names}'")


def check_embedding(embedding: EmbeddingConfig, where: str) -> None:
    """Refuse a layer or pooling that does not exist."""
    if embedding.pooling is not None:
        one_of(embedding.pooling, POOLINGS, f"{where}.pooling")
    layer = embedding.layer
    if layer is None or layer in ("last", "benchmark"):
        return
    is_number = isinstance(layer, int | float) and not isinstance(layer, bool)
    if not is_number or not (float(layer).is_integer() or 0 < layer < 1):
        raise ConfigError(
            f"{where}.layer: expected last, benchmark, a number of a layer, or a share of the depth "
            f"between 0 and 1, got {layer!r}"
        )
