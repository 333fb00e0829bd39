"""Every task type: the files of its folder, what it says of itself, and that no shared file names one."""

import ast
from collections.abc import Iterator
from dataclasses import is_dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name

import pytest

from tests.helpers.compose import CONF
from tests.helpers.tasks import TASK_OF_TYPE, TRAINED, built_task
from xtl.schemas.task import TaskConfig
from xtl.tasks.base import Task
from xtl.tasks.registry import own_types

PACKAGE = Path(__file__).parents[1] / "xtl"
TYPES = sorted(own_types())

FILES = ("__init__", "config", "types", "reader", "encode", "collate", "module", "decode", "export", "task")
"""What each folder holds, as the docstring of ``xtl.tasks`` says."""
WITHOUT = {
    "mixture": {"reader", "encode", "decode", "export"},  # the tasks that it is made of have them
    "bitext_mining": {"types", "collate", "module", "export"},  # those of retrieval
}

BUILT_ON = {"bitext_mining": {"retrieval"}}
"""Types that a type may import, beside itself."""
EXEMPT = {
    "metrics": "scores, whatever asks for them",
    "pocket": "a benchmark, which stands below the tasks",
    "report/xtreme.py": "the groups of XTREME's own script",
}
DOORS = {"modules/__init__.py", "api.py"}
"""Modules through which other projects import those of the types."""


def sources() -> Iterator[tuple[str, str, ast.Module]]:
    """Each module of the package that is not exempt: its path, the type in whose folder it is, its syntax."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if name not in EXEMPT and name.split("/")[0] not in EXEMPT:
            folder = name.removeprefix("tasks/").split("/")[0] if name.startswith("tasks/") else ""
            yield name, folder if folder in TYPES else "", ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    """Names of the modules that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_there_is_a_task_to_try_each_type_with():
    assert sorted(TASK_OF_TYPE) == TYPES
    assert len(TYPES) == 8
    trained = {TASK_OF_TYPE[name] for name in TYPES if own_types()[name].trains} - {"mixture"}
    assert trained <= set(TRAINED)  # a mixture has a test of its own


def test_no_module_imports_a_type_but_its_own_and_those_it_is_built_on():
    hits = [
        (name, module)
        for name, folder, tree in sources()
        if name not in DOORS
        for module in imported(tree)
        for task_type in set(TYPES) - {folder} - BUILT_ON.get(folder, set())
        if f"{module}.".startswith(f"xtl.tasks.{task_type}.")
    ]
    assert hits == []


def test_no_module_has_the_name_of_a_type_but_its_own():
    hits = [
        (name, node.lineno, node.value)
        for name, folder, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in TYPES and node.value != folder
    ]
    assert hits == []


@pytest.mark.parametrize("name", TYPES)
def test_a_folder_holds_the_same_files_as_the_others(name):
    stems = {path.stem for path in (PACKAGE / "tasks" / name).glob("*.py")}
    absent = WITHOUT.get(name, set())
    assert set(FILES) - stems == absent


def test_the_files_of_a_folder_are_explained():
    text = import_module("xtl.tasks").__doc__
    assert [stem for stem in FILES if f"- ``{stem}.py``: " not in text] == []
    assert [name for name in WITHOUT if f"``{name}`` has no" not in text] == []


@pytest.mark.parametrize("name", TYPES)
def test_a_type_says_what_it_is(name):
    task_type = own_types()[name]
    assert task_type.name == name
    assert issubclass(task_type.schema, TaskConfig)
    assert is_dataclass(task_type.schema)
    assert task_type.schema.__module__ == f"xtl.tasks.{name}.config"
    assert task_type.metrics
    build = resolve_name(task_type.build)
    assert issubclass(build, Task)
    assert build.__module__ == f"xtl.tasks.{name}.task"
    assert (CONF / "task_type" / f"{name}.yaml").is_file()


@pytest.mark.parametrize("name", TYPES)
def test_a_task_of_each_type_composes_and_is_built(name):
    task = built_task(name)
    assert task.type is own_types()[name]
    assert task.config.task_type == name
    assert type(task.config) is own_types()[name].schema
    assert bool(task.members) == bool(task.type.members(task.config)) == (task.type.expand is not None)
    assert hasattr(task, "tune") == bool(task.threshold_rule)
    assert all(hasattr(task, part) for part in ("raw", "raw_features", "records", "answers")) == (
        task.type.predicts_raw
    )
