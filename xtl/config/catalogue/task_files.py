"""Files of tasks as they are written, read without composing a cell."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from xtl.config.groups import conf_dir
from xtl.config.upgrade import RENAMED_TASK_TYPES, upgrade
from xtl.config.yaml_text import with_plain_words
from xtl.errors import ConfigError, first_line

# libyaml where PyYAML was built with it: every listing reads all files, and this is ten times faster.
_LOADER = with_plain_words(getattr(yaml, "CSafeLoader", yaml.SafeLoader))

_TYPE_GROUPS = ("/task_type", "/family")
"""Group of task types, and what it was called in the first version."""


def type_name(path: Path) -> str:
    """Task type of a task's file, which may be that of ``/task_type/tagging@_here_`` in its defaults.

    Args:
        path: File ``task/<name>.yaml``.

    Returns:
        Name of the type; empty: it has none.

    Raises:
        ConfigError: if a file is no YAML of keys and values.
    """
    task = file_values(path)
    parted = [base.rpartition("/") for base in _bases(path)]
    names = [name for group, _, name in parted if group in _TYPE_GROUPS]
    names = [RENAMED_TASK_TYPES.get(name, name) for name in names]
    names += [type_name(file) for file in _extended(path)]
    return str(task.get("task_type") or next(iter(names), ""))


def task_values(path: Path) -> dict[str, Any]:
    """What a task's file says, over what tasks of its type share.

    Args:
        path: File ``task/<name>.yaml``; the folder above it may hold types too, ``task_type/<name>.yaml``.

    Raises:
        ConfigError: if a file is no YAML of keys and values.
    """
    shared = (_type_values(name, path) for name in ("base", type_name(path)))
    return {key: value for values in (*shared, _written(path)) for key, value in values.items()}


def _written(path: Path) -> dict[str, Any]:
    """Values of a task's file over those of the tasks that it extends."""
    extended = [_written(file) for file in _extended(path)]
    return {key: value for values in (*extended, file_values(path)) for key, value in values.items()}


def _extended(path: Path) -> list[Path]:
    """Files of the tasks that a task's file names in its defaults, beside it or of xtl."""
    # A choice of another group, such as "/recipe: small", is no task.
    names = [base.removeprefix("/task/") for base in _bases(path)]
    names = [name for name in names if "/" not in name and name != "_self_"]
    files = [
        next((file for file in (path.with_name(f"{name}.yaml"), conf_dir() / "task" / f"{name}.yaml")
              if file.is_file() and file != path), None)
        for name in names
    ]  # fmt: skip
    return [file for file in files if file is not None]


def _bases(path: Path) -> list[str]:
    """What a file names in its defaults, without where it goes."""
    entries = file_values(path).get("defaults") or ()
    return [entry.partition("@")[0] for entry in entries if isinstance(entry, str)]


def _type_values(task_type: str, path: Path) -> Mapping[str, Any]:
    """What tasks of a type share: of xtl's own, or of one that stands beside the folder of a task's file."""
    files = [folder / "task_type" / f"{task_type}.yaml" for folder in (conf_dir(), path.parent.parent)]
    return next((file_values(file) for file in files if file.is_file()), {})


@cache
def file_values(path: Path) -> Mapping[str, Any]:
    """Values of a config file under the names of today; references stay as they are written.

    Raises:
        ConfigError: if it is no YAML of keys and values.
    """
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506  a safe one
        return upgrade(dict(values or {}), package="target")
    except (yaml.YAMLError, UnicodeError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: expected keys and values in YAML, got {first_line(error)}") from error
