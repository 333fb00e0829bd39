"""Checks of single values that all schemas use."""

from collections.abc import Sequence

from xtl.errors import ConfigError, nearest
from xtl.schemas.task import TaskConfig


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


def one_of(value: str, known: Sequence[str], where: str) -> None:
    """Refuse a value that is none of ``known``, naming the nearest one."""
    if value not in known:
        raise ConfigError(
            f"{where}: expected one of {', '.join(known)}, got '{value}'{nearest(value, known)}"
        )


def at_least(value: float, least: float, where: str) -> None:
    """Refuse a number below ``least``, and what is no number."""
    if not value >= least:
        raise ConfigError(f"{where}: expected at least {least}, got {value}")


def different_names(names: str, where: str) -> None:
    """Refuse labels, separated by spaces, that are fewer than two or not all different."""
    listed = names.split()
    if len(set(listed)) != len(listed) or len(listed) < 2:
        raise ConfigError(f"{where}: expected at least two different labels, got '{names}'")
