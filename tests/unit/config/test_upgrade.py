"""Settings of older versions: upgraded where a file is read, so that task files and run folders load."""

from dataclasses import asdict

import pytest
import yaml

from tests.helpers.compose import compose_train
from xtl import config
from xtl.config.upgrade import RENAMES, Rename, renamed, upgrade


@pytest.mark.parametrize(
    ("values", "package", "expected"),
    [
        ({"target": {"family": "tagging"}}, "", {"target": {"task_type": "tagging"}}),
        ({"intermediate": None}, "", {"intermediate": None}),
        (
            {"intermediate": {"family": "mixture", "members": {"a": {"family": "mining"}, "b": {}}}},
            "",
            {
                "intermediate": {
                    "task_type": "mixture",
                    "members": {"a": {"task_type": "bitext_mining"}, "b": {}},
                }
            },
        ),
        ({"family": "mining", "name": "bits"}, "target", {"task_type": "bitext_mining", "name": "bits"}),
        ({"family": "mining"}, "backbone", {"family": "mining"}),  # another thing's own word
        ({"task_type": "mining"}, "target", {"task_type": "bitext_mining"}),
        ({"task_type": "tagging", "family": "x"}, "target", {"task_type": "tagging", "family": "x"}),
        ({"recipe": {"max_len": {"mining": 9}}}, "", {"recipe": {"max_len": {"bitext_mining": 9}}}),
        ({"max_len": {"mining": 9, "tagging": 8}}, "recipe", {"max_len": {"bitext_mining": 9, "tagging": 8}}),
        ({"max_len": "${x}"}, "recipe", {"max_len": "${x}"}),
        ({"mix": "equal"}, "target", {"lang_sampling": "uniform"}),
        ({"mix": "temperature"}, "intermediate", {"lang_sampling": "temperature"}),
        (
            {"intermediate": {"settings": {"mnli": {"mix": "equal", "size": 9}}}},
            "",
            {"intermediate": {"settings": {"mnli": {"lang_sampling": "uniform", "size": 9}}}},
        ),
        ({"compare_rules": False}, "trainer", {"compare_selections": False}),
        ({}, "", {}),
    ],
)  # fmt: skip
def test_first_names_become_those_of_today(values, package, expected):
    before = repr(values)
    assert upgrade(values, package) == expected
    assert upgrade(expected, package) == expected
    assert repr(values) == before


def test_a_new_name_keeps_the_order_of_the_file():
    assert [*upgrade({"name": "x", "family": "tagging", "lang": "de"}, "target")] == [
        "name",
        "task_type",
        "lang",
    ]


def first_names(values: dict) -> dict:
    """Settings of a cell as the first version wrote them."""
    for rename in reversed(RENAMES):
        *parents, first = rename.path.split(".")
        back = Rename(
            path=".".join([*parents, rename.name]),
            name=first,
            values={new: old for old, new in rename.values.items()},
        )
        values = renamed(values, "", [back])
    return values


def test_a_run_folder_of_an_older_version_loads(tmp_path):
    mixture = ("intermediate=mixture", "intermediate.tasks=[pocket_pos,pocket_nli]")
    cell = config.finalize(
        compose_train("target=pocket_mining", "recipe=phang2020", "backbone=tiny", *mixture)
    )
    old = first_names(asdict(cell))
    families = [old["target"], old["intermediate"], *old["intermediate"]["members"].values()]
    assert [task["family"] for task in families] == ["mining", "mixture", "tagging", "classification"]
    assert old["recipe"]["max_len"]["mining"] == 512
    assert [task["mix"] for task in (old["target"], old["intermediate"])] == ["equal", "equal"]
    assert old["trainer"]["compare_rules"] is True
    text = yaml.safe_dump(old, sort_keys=False)
    for name in ("task_type", "lang_sampling", "compare_selections"):
        assert name not in text
    (tmp_path / "config.yaml").write_text(text)
    assert config.load(tmp_path / "config.yaml") == cell
