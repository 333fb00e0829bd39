"""Checks of where a cell reads, and of tasks that the source has."""

import logging
from pathlib import Path

from xtl import pocket
from xtl.errors import ConfigError
from xtl.schemas.data import DATA_SOURCES, DataConfig
from xtl.schemas.ranges import one_of
from xtl.schemas.task import TaskConfig
from xtl.tasks.registry import task_types
from xtl.types import SPLITS

logger = logging.getLogger(__name__)


def check_data(data: DataConfig) -> None:
    """Refuse a source that cannot give anything."""
    one_of(data.source, DATA_SOURCES, "data.source")
    if data.source != "pocket" and (data.sizes or data.seed):
        logger.warning("data.sizes and data.seed are not read: they are of data=pocket")
    match data.source:
        case "pocket":
            _check_sizes(data)
            if data.root is not None:
                logger.warning("data.root=%s is not read: data=pocket makes its rows", data.root)
        case "hub":
            if data.root is not None:
                logger.warning("data.root=%s is not read: data=hub reads the hub", data.root)
        case _:
            _check_root(data.root)


def _check_sizes(data: DataConfig) -> None:
    check_named_sizes(data)
    for split in SPLITS:
        if split not in data.sizes:
            raise ConfigError(f"data.sizes.{split}: expected a number of rows, got none")


def check_named_sizes(data: DataConfig) -> None:
    """Refuse sizes of pocket's splits that it cannot make."""
    for split, size in data.sizes.items():
        one_of(split, SPLITS, "data.sizes")
        if not 1 <= size <= pocket.MAX_SIZE:
            raise ConfigError(
                f"data.sizes.{split}: expected a number of rows from 1 to {pocket.MAX_SIZE:,}, got {size}"
            )


def _check_root(root: str | None) -> None:
    if root is None:
        raise ConfigError(
            "data.root: expected the folder that holds <task>/<language>/<split>.<format>, got null; "
            "give it as data.root=FOLDER"
        )
    if not Path(root).expanduser().is_dir():
        raise ConfigError(f"data.root={root}: expected a folder, found none (from {Path.cwd()})")


def check_source(task: TaskConfig, data: DataConfig, where: str) -> None:
    """Refuse a task that the source of the cell does not have: all tasks of a cell read one source."""
    if data.source == "hub" and not task.hub.sets and not task_types()[task.task_type].members(task):
        other = "data=pocket" if task.name in pocket.TASKS else "read files: data=local data.root=FOLDER"
        raise ConfigError(
            f"{where}: expected a task of the hub, which is read with data=hub and without data.root=, got "
            f"'{task.name}'. {task.hub.absent or f'Give its sets under {where}.hub'}; or {other}"
        )
    if data.source != "pocket" or task.name in pocket.TASKS or task_types()[task.task_type].members(task):
        return
    raise ConfigError(
        f"{where}: expected a task of pocket ({', '.join(pocket.TASKS)}) with data=pocket, got "
        f"'{task.name}'; all tasks of a cell read one source: choose others, or data=local data.root=FOLDER"
    )


def check_agreement(task: TaskConfig, data: DataConfig, where: str) -> None:
    """Refuse to change tags that pocket does not make."""
    if task.agreement == 1:
        return
    if not -1 <= task.agreement <= 1:
        raise ConfigError(f"{where}.agreement: expected a number from -1 to 1, got {task.agreement}")
    if data.source != "pocket" or task.name not in pocket.RETAGGED:
        raise ConfigError(
            f"{where}.agreement={task.agreement}: expected 1 for all tasks but {', '.join(pocket.RETAGGED)}, "
            f"got task '{task.name}' with data={data.source}"
        )
