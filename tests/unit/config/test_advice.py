"""Settings that messages of xtl name can be typed as they stand there."""

import ast
import re
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import xtl
from xtl.schemas.cell import TrainConfig
from xtl.tasks.registry import task_types

PACKAGE = Path(xtl.__file__).parent
OF_OBJECTS = ("backbone.separator", "intermediate.dense", "trainer.predict")
"""Attributes of objects in Python, which have the form of settings."""

GROUPS = "target|intermediate|recipe|tuning|data|trainer|backbone|tracking|sweep"
SETTING = re.compile(rf"(?<![\w./{{}}])(?:{GROUPS})(?:\.[a-z_]+)+(?![\w(])")
"""Dotted setting of a cell; one whose end is put in later is looked at as far as it stands there."""


def messages(path: Path) -> Iterator[str]:
    """Texts of a module that have words in them, but for its docstrings; ``{}`` stands for what is put in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    inside |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in inside:
            continue
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        texts = [getattr(part, "value", "") if isinstance(part, ast.Constant) else "{}" for part in parts]
        text = "".join(map(str, texts))
        if isinstance(node, ast.JoinedStr | ast.Constant) and " " in text:
            yield text


def schemas(kinds: list[type], key: str) -> list[type]:
    """Schemas and types that a key can have in any of some schemas."""
    hints = [get_type_hints(kind).get(key) for kind in kinds if is_dataclass(kind)]
    if key in ("target", "intermediate") and TrainConfig in kinds:
        return [task_type.schema for task_type in task_types().values()]
    # A mapping has any key.
    return [part for hint in hints if hint is not None for part in (hint, *get_args(hint))]


def is_known(setting: str) -> bool:
    """Whether a cell has a setting, whatever its task type."""
    kinds: list[type] = [TrainConfig]
    for key in setting.split("."):
        kinds = schemas(kinds, key)
        if any(getattr(kind, "__origin__", kind) is dict for kind in kinds):
            return True
        if not kinds:
            return False
    return True


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("target.recipe.selection", True), ("intermediate.pooling", True), ("recipe.tasks.x", True),
        ("tracking.wandb.mode", True), ("data.sizes.train", True), ("backbone.embedding.layer", True),
        ("recipe.selection", False), ("target.recipe.patiences", False), ("data.roots", False),
    ],
)  # fmt: skip
def test_settings_are_known_by_their_schemas(setting, expected):
    assert is_known(setting) == expected


def test_every_setting_that_a_message_names_can_be_typed():
    unknown = [
        f"{path.relative_to(PACKAGE)}: {setting} in: {text}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for text in messages(path)
        for setting in SETTING.findall(text)
        if setting not in OF_OBJECTS and not is_known(setting)
    ]
    assert unknown == []
