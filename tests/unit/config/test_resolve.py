"""Resolving a composed config: what is filled in, and that nothing else changes."""

from copy import deepcopy
from dataclasses import replace

import pytest
from omegaconf import OmegaConf

from tests.helpers.cells import evaluation
from tests.helpers.compose import compose_evaluate, compose_train
from xtl import config
from xtl.errors import ConfigError
from xtl.schemas.fields import MISSING

MIXTURE = ("intermediate=mixture", "intermediate.tasks=[pocket_pos,pocket_nli]", "backbone=tiny")


@pytest.fixture(scope="module")
def mixture():
    """A cell whose intermediate task is made of two others."""
    return compose_train(
        "target=pocket_pos", *MIXTURE, "intermediate.lang=de+fr", "intermediate.size=9",
        "+intermediate.settings.pocket_nli={size: 5, lang: en}", "tuning=lora",
    )  # fmt: skip


def test_resolving_and_validating_change_nothing(mixture):
    before = OmegaConf.to_yaml(mixture)
    cell = config.resolve(mixture)
    assert OmegaConf.to_yaml(mixture) == before
    copy = deepcopy(cell)
    config.validate(cell)
    assert cell == copy == config.resolve(mixture) == config.finalize(mixture)


def test_members_have_the_settings_of_the_mixture_where_theirs_say_nothing(mixture):
    task = config.finalize(mixture).intermediate
    assert [*task.members] == ["pocket_pos", "pocket_nli"]
    assert (task.name, task.lang) == ("pocket_pos+pocket_nli", ["de", "fr", "en"])
    pos, nli = task.members.values()
    assert (pos.task_type, pos.lang, pos.size) == ("tagging", ["de", "fr"], 9)
    assert (nli.task_type, nli.lang, nli.size) == ("classification", ["en"], 5)
    assert pos.tuning == nli.tuning == task.tuning
    assert task.tuning.name == "lora"
    assert set(task.languages.split()) == set(pos.languages.split())


def test_members_that_are_there_stay_as_they_are(tmp_path, mixture):
    cell = config.finalize(mixture)
    assert cell.intermediate is not None
    pos = replace(cell.intermediate.members["pocket_pos"], size=3)
    members = {"pocket_pos": pos, "pocket_nli": cell.intermediate.members["pocket_nli"]}
    changed = replace(cell, intermediate=replace(cell.intermediate, members=members))
    (tmp_path / "config.yaml").write_text(config.dump(changed))
    assert config.load(tmp_path / "config.yaml") == changed


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        (
            "[pocket_pos,mixture]",
            r"intermediate\.tasks: expected tasks, got the mixture 'mixture' among them",
        ),
        ("[pocket_mining]", r"intermediate\.tasks: expected tasks that train, got 'pocket_mining'"),
        ("[]", r"intermediate\.tasks: expected names of tasks"),
    ],
)
def test_tasks_that_cannot_be_members_are_refused(tasks: str, message: str):
    cfg = compose_train("target=pocket_pos", "intermediate=mixture", f"intermediate.tasks={tasks}")
    with pytest.raises(ConfigError, match=message):
        config.finalize(cfg)


def test_a_setting_that_a_member_does_not_have_is_refused():
    with pytest.raises(ConfigError, match=r"intermediate\.settings\.pocket_pos: .*sizee"):
        config.resolve(compose_train(*MIXTURE, "+intermediate.settings.pocket_pos={sizee: 5}"))


def test_values_are_resolved_before_they_are_validated():
    cfg = compose_train("target=udpos", "data=hub", "target.recipe.lr=0", "target.langs=family:Slavic+de")
    cell = config.resolve(cfg)
    assert cell.target.recipe.lr == 0
    assert cell.target.langs[-1] == "de"
    with pytest.raises(ConfigError, match=r"target\.recipe\.lr: expected a number above 0"):
        config.validate(cell)


def test_only_validation_asks_for_the_data():
    cell = config.resolve(compose_train("data.root=/nowhere/at/all"))
    assert cell.data.source == "local"
    config.validate(cell, data_needed=False)
    with pytest.raises(ConfigError, match=r"data\.root=/nowhere/at/all"):
        config.validate(cell)


def test_a_task_type_that_does_not_exist_is_named():
    with pytest.raises(ConfigError, match=r"target\.task_type: expected one of .* got 'taging'"):
        config.resolve(compose_train("target.task_type=taging"))


def test_an_evaluation_needs_no_recipe():
    cfg = compose_evaluate("run=x", "task=pocket_pos", "data.source=auto")
    before = OmegaConf.to_yaml(cfg)
    evaluation = config.resolve_evaluation(cfg)
    assert OmegaConf.to_yaml(cfg) == before
    assert evaluation.task.recipe.epochs == 0
    assert evaluation.data.source == "local"
    assert MISSING not in repr(evaluation)
    config.validate_evaluation(evaluation)
    with pytest.raises(ConfigError, match="phase: expected one of target, intermediate"):
        config.validate_evaluation(replace(evaluation, phase="targets"))


def test_settings_that_are_given_for_a_mixture_hold_for_each_of_its_tasks():
    given = ("intermediate.max_len=16", "intermediate.shots=5", "intermediate.recipe.batch_size=4")
    own = "+intermediate.settings.pocket_nli={max_len: 32, recipe: {batch_size: 8}}"
    plain, changed = (
        config.resolve(compose_train(*MIXTURE, *more)).intermediate.members for more in ((), (*given, own))
    )
    assert {name: member.shots for name, member in changed.items()} == dict.fromkeys(changed, 5)
    nli = changed.pop("pocket_nli")
    assert (nli.max_len, nli.recipe.batch_size) == (32, 8)
    for name, member in changed.items():
        assert (member.max_len, member.recipe.batch_size) == (16, 4)
        assert member.recipe.dropout == plain[name].recipe.dropout
        assert (plain[name].max_len, plain[name].recipe.batch_size) != (16, 4)


@pytest.mark.parametrize("size", [0, 60_000])
def test_an_evaluation_refuses_sizes_that_pocket_cannot_make(size):
    with pytest.raises(ConfigError, match=r"data\.sizes\.test: expected a number of rows from 1 to 50,000"):
        evaluation("run", "task=pocket_pos", f"data.sizes.test={size}")
