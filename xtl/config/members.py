"""Tasks made of other tasks: each member composed from its own file, with what the task says for it."""

from copy import deepcopy
from typing import Any, cast

from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from xtl.config.compose import compose
from xtl.errors import ConfigError, first_line
from xtl.tasks.registry import task_types

_PHASE = "intermediate"
"""The phase whose task may have members: they train together, but each is scored by itself."""


def expand_members(cfg: DictConfig) -> DictConfig:
    """Cell whose intermediate task has its members in full.

    Args:
        cfg: Composed config of a cell; it is not changed.

    Returns:
        The same config where the task has no members, or has them already, as in a run folder.

    Raises:
        ConfigError: if a task cannot be a member, or a setting is not known.
    """
    task = OmegaConf.select(cfg, _PHASE)
    task_type = None if task is None else task_types().get(str(OmegaConf.select(task, "task_type")))
    if task_type is None or task_type.expand is None or task.members:
        return cfg
    cfg = deepcopy(cfg)
    members = OmegaConf.select(cfg, _PHASE).members
    settings = cast(
        dict[str, Any], OmegaConf.to_container(task)
    )  # references stay: they hold for members too
    for name, changes in settings["settings"].items():
        if changes is not None and not isinstance(changes, dict):
            raise ConfigError(
                f"{_PHASE}.settings.{name}: expected settings such as {{size: 100}}, got {changes!r}"
            )
    for name, changes_in_order in task_type.expand(settings).items():
        with open_dict(members):
            members[name] = _member(name)
            for changes in changes_in_order:
                try:
                    members[name] = OmegaConf.merge(members[name], changes)
                except OmegaConfBaseException as error:
                    raise ConfigError(f"{_PHASE}.settings.{name}: {first_line(error)}") from error
    return cfg


def _member(name: str) -> DictConfig:
    """Composed config of a task that a phase can train on with others."""
    try:
        task: DictConfig = compose("train", f"target={name}").target
        task_type = task_types()[task.task_type]
    except (ConfigError, OmegaConfBaseException, ValueError) as error:
        raise ConfigError(
            f"{_PHASE}.tasks: expected names of tasks, got '{name}': {first_line(error)}"
        ) from error
    if task_type.expand is not None:
        raise ConfigError(f"{_PHASE}.tasks: expected tasks, got the {task.task_type} '{name}' among them")
    if not task_type.trains:
        raise ConfigError(f"{_PHASE}.tasks: expected tasks that train, got '{name}', which never does")
    return task
