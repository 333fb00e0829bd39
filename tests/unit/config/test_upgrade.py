"""Settings of older versions: upgraded where a file is read, by their first names where they are hashed."""

from dataclasses import asdict

import pytest
import yaml

from tests.compose import compose_train
from xtl import config
from xtl.config.upgrade import RENAMES, first_names, upgrade


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


def test_each_rename_leads_back():
    assert [rename.inverse().inverse() for rename in RENAMES] == list(RENAMES)
    old = {"target": {"family": "mining"}, "recipe": {"max_len": {"mining": 5}}}
    assert first_names(upgrade(old)) == old
    assert first_names({"task_type": "tagging"}, "intermediate") == {"family": "tagging"}


def test_a_run_folder_of_an_older_version_loads(tmp_path):
    mixture = ("intermediate=mixture", "intermediate.tasks=[pocket_pos,pocket_nli]")
    cell = config.checked(
        compose_train("target=pocket_mining", "recipe=phang2020", "backbone=tiny", *mixture)
    )
    old = first_names(asdict(cell))
    families = [old["target"], old["intermediate"], *old["intermediate"]["members"].values()]
    assert [task["family"] for task in families] == ["mining", "mixture", "tagging", "classification"]
    assert old["recipe"]["max_len"]["mining"] == 512
    text = yaml.safe_dump(old, sort_keys=False)
    assert "task_type" not in text
    (tmp_path / "config.yaml").write_text(text)
    assert config.load(tmp_path / "config.yaml") == cell
