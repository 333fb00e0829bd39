"""The task types there are: folders of this room, entry points of other packages, and what was registered.

Another package adds a type with an entry point in the group ``xtl.task_types`` that names its
:class:`~xtl.tasks.task_type.TaskType`, or by calling :func:`register` before a config is composed.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules

from xtl.errors import ConfigError, nearest
from xtl.schemas.task import TaskConfig
from xtl.tasks.task_type import TaskType

ENTRY_POINTS = "xtl.task_types"
"""Group of entry points through which other packages add task types."""

_registered: dict[str, TaskType] = {}


def register(task_type: TaskType) -> None:
    """Add a task type, or replace one of the same name.

    Args:
        task_type: Type to add; what its tasks share stands in a file ``task_type/<name>.yaml`` on Hydra's
            search path.
    """
    _registered[task_type.name] = task_type


def task_types() -> Mapping[str, TaskType]:
    """Task types by name: xtl's own, those of other packages' entry points, then registered ones."""
    return {**own_types(), **_installed_types(), **_registered}


def task_type(name: str) -> TaskType:
    """Task type of a name.

    Raises:
        ConfigError: if there is none of that name.
    """
    available = task_types()
    if name not in available:
        raise ConfigError(
            f"task_type: expected one of {', '.join(available)}, got '{name}'{nearest(name, available)}"
        )
    return available[name]


def parts_of(task: TaskConfig) -> Mapping[str, TaskConfig]:
    """Tasks by name that a task is made of; most are made of themselves alone.

    Raises:
        ConfigError: if there is none of its type.
    """
    return task_type(task.task_type).members(task) or {task.name: task}


def type_versions(task: TaskConfig) -> dict[str, int]:
    """Versions above 1 of the types of a task's parts, by name of the type: none for most.

    Raises:
        ConfigError: if there is none of its type.
    """
    types = [task_type(part.task_type) for part in parts_of(task).values()]
    return {part.name: part.version for part in types if part.version > 1}


@cache
def own_types() -> Mapping[str, TaskType]:
    """Types of the folders beside this file."""
    package = import_module("xtl.tasks")
    modules = [
        import_module(f"xtl.tasks.{info.name}") for info in iter_modules(package.__path__) if info.ispkg
    ]
    return {module.TASK_TYPE.name: module.TASK_TYPE for module in modules}


@cache
def _installed_types() -> Mapping[str, TaskType]:
    """Types of other packages' entry points."""
    loaded = [entry.load() for entry in entry_points(group=ENTRY_POINTS)]
    return {installed.name: installed for installed in loaded}
