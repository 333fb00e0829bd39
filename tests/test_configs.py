"""Every file of ``conf/`` composes; found by globbing, those of tasks in ``test_tasks.py``."""

from dataclasses import replace

import pytest
from omegaconf import OmegaConf

from tests.helpers.cells import composed_cell
from tests.helpers.compose import CONF, compose_train
from tests.helpers.configs import cell_with_root, names
from xtl import config
from xtl.errors import ConfigError
from xtl.types import TUNINGS


@pytest.mark.parametrize(
    ("overrides", "source"),
    [
        ([], "hub"),
        ([f"data.root={CONF}"], "local"),
        (["target=pocket_pos"], "pocket"),
        (["data=hub", f"data.root={CONF}"], "hub"),
    ],
)
def test_files_are_read_where_their_folder_is_named_and_the_hub_otherwise(overrides, source):
    assert composed_cell(*overrides).data.source == source


@pytest.mark.parametrize("backbone", names("backbone"))
def test_each_backbone_composes(backbone):
    assert cell_with_root(f"backbone={backbone}").backbone.name == backbone


@pytest.mark.parametrize("trainer", names("trainer"))
def test_each_trainer_composes(trainer):
    assert cell_with_root(f"trainer={trainer}").trainer.precision


@pytest.mark.parametrize("tuning", names("tuning"))
def test_each_tuning_composes_and_is_that_of_every_phase_unless_one_says_otherwise(tuning):
    cell = cell_with_root(f"tuning={tuning}", "intermediate=stsb", "target.tuning.name=bitfit")
    assert cell.intermediate.tuning == cell.tuning
    assert cell.tuning.name == tuning
    assert cell.target.tuning == replace(cell.tuning, name="bitfit")
    assert set(names("tuning")) == set(TUNINGS)


def test_a_recipe_gives_way_to_its_task_and_both_to_the_command_line():
    assert cell_with_root("target=udpos", "recipe=small").target.recipe.lr == 2e-4
    assert cell_with_root("target=uner", "recipe=small").target.recipe.lr == 1e-4
    assert cell_with_root("target=uner", "recipe=small").target.recipe.batch_size == 8
    assert cell_with_root("target=uner", "recipe=small", "target.recipe.lr=5e-5").target.recipe.lr == 5e-5
    assert cell_with_root("target=uner", "recipe.default.epochs=7").target.recipe.epochs == 7


def test_small_backbones_choose_the_small_recipe_unless_told_otherwise():
    assert cell_with_root().recipe.name == "hu2020"
    assert cell_with_root("backbone=e5_small").recipe.name == "small"
    assert cell_with_root("backbone=e5_small", "recipe=hu2020").recipe.name == "hu2020"


def test_a_dumped_config_loads_as_it_was(tmp_path):
    cell = cell_with_root("target=uner", "backbone=e5_small", "seed=7", "target.langs=[de]")
    path = tmp_path / "config.yaml"
    path.write_text(config.dump(cell))
    assert config.load(path) == cell
    assert config.load(path) != replace(cell, seed=8)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seed: 1", "seeed: 1", r"seeed.*did you mean 'seed'"),
        ("seed: 1", "seed: one", r"one"),
        (
            "task_type: tagging",
            "task_type: taging",
            r"target\.task_type: expected one of .*, tagging, got 'taging'",
        ),
        ("seed: 1", "", r"no value for seed"),
        ("seed: 1", "seed: [", r"config\.yaml"),
    ],
)
def test_a_spoiled_config_file_is_refused(tmp_path, old, new, message):
    path = tmp_path / "config.yaml"
    text = config.dump(cell_with_root("seed=1"))
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(ConfigError, match=message):
        config.load(path)


def test_a_config_file_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match="found none"):
        config.load(tmp_path / "config.yaml")


def test_no_config_holds_a_secret_or_a_machine_path():
    text = OmegaConf.to_yaml(compose_train(), resolve=True)
    assert "/home" not in text
    assert "key" not in text.lower()
