"""Every file of ``conf/`` composes, is filled in and says what is true; found by globbing."""

from dataclasses import replace

import pytest
from omegaconf import OmegaConf

from tests.compose import compose_evaluate, compose_train
from xtl import config
from xtl.errors import ConfigError
from xtl.types import TUNINGS

CONF = config.conf_dir()


def names(group: str) -> list[str]:
    found = {path.stem for path in (CONF / group).glob("*.yaml")} - {"none"}
    return sorted(found if group != "task" else found - {"mixture"})  # which is made of tasks


def checked(*overrides: str) -> config.TrainConfig:
    return config.finalize(compose_train(f"data.root={CONF}", *overrides))


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
    assert config.finalize(compose_train(*overrides)).data.source == source


@pytest.mark.parametrize("recipe", ["hu2020", "small"])  # the others: tests/test_recipes.py
@pytest.mark.parametrize("task", names("task"))
def test_each_task_composes_and_is_filled_in(task, recipe):
    cell = checked(f"target={task}", f"recipe={recipe}")
    assert cell.target.name == task
    trained = cell.target.recipe.epochs > 0
    assert cell.target.lang == (["en"] if trained else [])
    assert cell.target.reference.startswith(("https://", "xtl.pocket"))
    assert 0 < cell.target.recipe.lr < 1


@pytest.mark.parametrize("backbone", names("backbone"))
def test_each_backbone_composes(backbone):
    assert checked(f"backbone={backbone}").backbone.name == backbone


@pytest.mark.parametrize("trainer", names("trainer"))
def test_each_trainer_composes(trainer):
    assert checked(f"trainer={trainer}").trainer.precision


@pytest.mark.parametrize("tuning", names("tuning"))
def test_each_tuning_composes_and_is_that_of_every_phase_unless_one_says_otherwise(tuning):
    cell = checked(f"tuning={tuning}", "intermediate=stsb", "target.tuning.name=bitfit")
    assert cell.intermediate.tuning == cell.tuning
    assert cell.tuning.name == tuning
    assert cell.target.tuning == replace(cell.tuning, name="bitfit")
    assert set(names("tuning")) == set(TUNINGS)


@pytest.mark.parametrize("task", names("task"))
def test_each_task_composes_for_evaluation(task):
    evaluation = config.finalize_evaluation(compose_evaluate("run=somewhere", f"task={task}"))
    assert evaluation.task is not None
    assert evaluation.task.name == task


def test_the_benchmark_has_its_languages_and_labels():
    # XTREME (Hu et al. 2020): 33 languages of 17 tags, 40 languages of 3 entity types in IOB2.
    udpos, panx = checked("target=udpos").target, checked("target=panx").target
    assert len(set(udpos.languages.split())) == 33
    assert len(set(panx.languages.split())) == 40
    assert len(udpos.labels.split()) == 17
    assert len(panx.labels.split()) == 7


def test_a_recipe_gives_way_to_its_task_and_both_to_the_command_line():
    assert checked("target=udpos", "recipe=small").target.recipe.lr == 2e-4
    assert checked("target=uner", "recipe=small").target.recipe.lr == 1e-4
    assert checked("target=uner", "recipe=small").target.recipe.batch_size == 8
    assert checked("target=uner", "recipe=small", "target.recipe.lr=5e-5").target.recipe.lr == 5e-5
    assert checked("target=uner", "recipe.default.epochs=7").target.recipe.epochs == 7


def test_small_backbones_choose_the_small_recipe_unless_told_otherwise():
    assert checked().recipe.name == "hu2020"
    assert checked("backbone=e5_small").recipe.name == "small"
    assert checked("backbone=e5_small", "recipe=hu2020").recipe.name == "hu2020"


@pytest.mark.parametrize("override", ["learning_rate=1e-5", "target.lr=1e-5", "recipe.defualt.lr=1"])
def test_an_unknown_key_is_refused(override):
    with pytest.raises(ConfigError, match=r"(learning_rate|lr|defualt)"):
        compose_train(override)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("+target.recipe.epoch=1", r"target\.recipe\.epoch: .*did you mean 'epochs'"),
        ("+trainer.thread=1", r"trainer\.thread: .*did you mean 'threads'"),
        ("+sead=1", r"sead: .*did you mean 'seed'"),
    ],
)
def test_an_unknown_key_that_was_forced_in_is_refused(override, message):
    with pytest.raises(ConfigError, match=message):
        checked(override)


@pytest.mark.parametrize(
    "override", ["target.recipe.epochs=ten", "seed=x", "trainer.active_vocabulary=maybe"]
)
def test_a_value_of_another_type_is_refused(override):
    with pytest.raises(ConfigError, match=override.split("=")[1]):
        compose_train(override)


def test_all_missing_values_are_named():
    with pytest.raises(ConfigError, match=r"no value for seed, trainer\.precision"):
        checked("seed=???", "trainer.precision=???")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["data=local", "data.root=null"], r"data\.root: expected the folder.*got null"),
        (["data.root=/nowhere/at/all"], r"data\.root=/nowhere/at/all: expected a folder, found none"),
        (["target.langs=[xx]"], r"target\.langs: expected languages of task 'udpos'.*got 'xx'"),
        (["target.lang=[]"], r"target\.lang: expected at least one language"),
        (["target.lang=[enn]"], r"did you mean 'en'"),
        (["target.max_len=3"], r"target\.max_len=3: expected at least 4"),
        (["target.metrics=[f2]"], r"target\.metrics: expected one of accuracy, f1, f1_strict, got 'f2'"),
        (["target.metrics=[]"], r"target\.metrics: expected at least one"),
        (["target.labels=A"], r"target\.labels: expected at least two"),
        (["target.labels='A A'"], r"target\.labels: expected at least two different"),
        (["target=uner", "target.replace.B-OTH=Q"], r"target\.replace\.B-OTH: expected one of"),
        (["target.recipe.lr=0"], r"target\.recipe\.lr: expected a number above 0"),
        (["target.recipe.lr=nan"], r"target\.recipe\.lr: expected a number above 0, got nan"),
        (["target.recipe.head_lr=0"], r"target\.recipe\.head_lr: expected a number above 0 or null, got 0"),
        (["target.recipe.epochs=-1"], r"target\.recipe\.epochs: expected at least 0, got -1"),
        (["target.recipe.batch_size=0"], r"batch_size: expected at least 1"),
        (["target.recipe.warmup=1.5"], r"warmup: expected a share .* or a whole number of them, got 1\.5"),
        (["target.recipe.dropout=1"], r"dropout: expected a share"),
        (["target.recipe.clip=-1"], r"clip: expected at least 0"),
        (["target.recipe.selection=best"], r"selection: expected one of best_validation, last, got 'best'"),
        (
            ["+recipe.tasks.udpos={lrr: 1}"],
            r"recipe\.tasks\.udpos: expected one of .*got 'lrr' \(did you mean 'lr'",
        ),
        (["target.tuning.name=lorra"], r"target\.tuning\.name: expected one of .*did you mean 'lora'"),
        (["tuning.rank=0"], r"target\.tuning\.rank: expected at least 1"),
        (["tuning.layers=-1"], r"tuning\.layers: expected at least 0"),
        (["tuning.units=0"], r"tuning\.units: expected at least 1"),
        (["tuning.alpha=0"], r"tuning\.alpha: expected a number above 0"),
        (["tuning.dropout=1"], r"tuning\.dropout: expected a share"),
        (["tuning.targets=[]"], r"tuning\.targets: expected at least one"),
        (["+recipe.tasks.udpos=3"], r"recipe\.tasks\.udpos: expected settings"),
        (["trainer.precision=fp16"], r"trainer\.precision: expected one of auto"),
        (["trainer.accelerator=tpu"], r"trainer\.accelerator: expected one of"),
        (["trainer.threads=0"], r"trainer\.threads: expected at least 1"),
        (["trainer.eval_tokens=0"], r"trainer\.eval_tokens: expected at least 1"),
        (["backbone.path=null"], r"backbone\.path: expected a repository"),
        (["backbone.source=hubb"], r"backbone\.source: expected one of .*did you mean 'hub'"),
        (["data.source=locl"], r"data\.source: expected one of .*did you mean 'local'"),
    ],
)
def test_values_that_make_no_sense_are_refused(overrides, message):
    with pytest.raises(ConfigError, match=message):
        checked(*overrides)


def test_a_dumped_config_loads_as_it_was(tmp_path):
    cell = checked("target=uner", "backbone=e5_small", "seed=7", "target.langs=[de]")
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
    text = config.dump(checked("seed=1"))
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
