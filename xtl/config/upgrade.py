"""Renamed settings: config files of older versions in the words of this one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xtl.tasks.registry import own_types

RENAMED_TASK_TYPES: Mapping[str, str] = {
    task_type.first_name: task_type.name for task_type in own_types().values() if task_type.first_name
}
"""First name of a task type to its name today; so were its files and its schema called."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rename:
    """Setting that has another name today.

    Attributes:
        path: Keys under their first names, joined by dots; ``*`` stands for any key.
        name: Last key of the path as it is today.
        values: First names of its values to those of today; values that are not listed stay.
    """

    path: str
    name: str
    values: Mapping[str, str] = field(default_factory=dict)


RENAMES: Sequence[Rename] = (
    *(
        Rename(path=f"{task}.family", name="task_type", values=RENAMED_TASK_TYPES)
        for task in ("target", "intermediate", "intermediate.members.*", "task")
    ),
    *(
        Rename(path=f"recipe.max_len.{first_name}", name=name)
        for first_name, name in RENAMED_TASK_TYPES.items()
    ),
    *(
        Rename(path=f"{task}.mix", name="lang_sampling", values={"equal": "uniform"})
        for task in ("target", "intermediate", "intermediate.members.*", "intermediate.settings.*", "task")
    ),
    Rename(path="trainer.compare_rules", name="compare_selections"),
)
"""Every renamed setting, in the order of the renames."""


def upgrade(values: Mapping[str, Any], package: str = "") -> dict[str, Any]:
    """Settings of an older config under the names of today.

    Where a mapping has the new name too, the old one stays, for the schema to refuse.

    Args:
        values: Nested mappings as a config file holds them; they are not changed.
        package: Path of ``values`` in a cell, such as ``target``; empty: the cell itself.

    Example:
        >>> upgrade({"seed": 1, "target": {"family": "mining"}})
        {'seed': 1, 'target': {'task_type': 'bitext_mining'}}
        >>> upgrade({"family": "tagging"}, package="target")
        {'task_type': 'tagging'}
    """
    return renamed(values, package, RENAMES)


def renamed(values: Mapping[str, Any], package: str, renames: Sequence[Rename]) -> dict[str, Any]:
    """Settings under the names that ``renames`` give them, one rename after the other."""
    result = dict(values)
    prefix = package and f"{package}."
    for rename in renames:
        if rename.path.startswith(prefix):
            result = _applied(result, rename.path.removeprefix(prefix).split("."), rename)
    return result


def _applied(values: dict[str, Any], keys: Sequence[str], rename: Rename) -> dict[str, Any]:
    """Rename a setting in every mapping that ``keys``, a path below ``values``, leads to."""
    key, *rest = keys
    if rest:
        return {
            name: _applied(value, rest, rename) if key in ("*", name) and isinstance(value, dict) else value
            for name, value in values.items()
        }
    first = "" if rename.name in values else key
    result = {rename.name if name == first else name: value for name, value in values.items()}
    value = result.get(rename.name)
    if isinstance(value, str):
        result[rename.name] = rename.values.get(value, value)
    return result
