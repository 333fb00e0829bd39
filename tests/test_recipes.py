"""The published recipes, number by number, as they reach a task."""

import pytest

from tests.helpers.compose import CONF, compose_train
from tests.helpers.configs import cell_with_root, names
from xtl.config import finalize
from xtl.errors import ConfigError

HU2020 = {
    # google-research/xtreme, 838c13b, scripts/train_*.sh: learning rate of base and of large, epochs,
    # examples an update (8 x 4 or 2 x 16, 4 x 8 for questions), length, warm-up, weight decay, selection
    "xnli": (2e-5, 3e-5, 5, 32, 128, 0, 0, "best_validation"),
    "pawsx": (2e-5, 2e-5, 5, 32, 128, 0, 0, "best_validation"),
    "panx": (2e-5, 2e-5, 10, 32, 128, 0, 0, "best_validation"),
    "udpos": (2e-5, 2e-5, 10, 32, 128, 0, 0, "best_validation"),
    "xquad": (3e-5, 3e-5, 3, 32, 384, 500, 1e-4, "last"),
    "mlqa": (3e-5, 3e-5, 3, 32, 384, 500, 1e-4, "last"),
    "tydiqa": (3e-5, 3e-5, 3, 32, 384, 500, 1e-4, "last"),
}
PHANG2020 = {
    # nyu-mll/jiant, daa5a258, scripts/benchmarks/xtreme: epochs, examples an update (4 x 8 or 4 x 4), length
    "xnli": (2, 32, 256),
    "pawsx": (5, 32, 256),
    "udpos": (10, 32, 256),
    "panx": (10, 32, 256),
    "xquad": (2, 16, 384),
    "mlqa": (2, 16, 384),
    "tydiqa": (2, 16, 384),
}


def task(name: str, *overrides: str):
    """Compose a target; a task of questions without a file of its own is like xquad."""
    chosen = (f"target={name}",) if name in names("task") else ("target=xquad", f"target.name={name}")
    if not all(override.startswith(("backbone=", "recipe=")) for override in overrides):
        return cell_with_root(*chosen, *overrides).target
    # The files of each task and of each recipe are read once, not those of each pair.
    cfg, choice = compose_train(*chosen, f"data.root={CONF}"), compose_train(*overrides)
    cfg.backbone, cfg.recipe = choice.backbone, choice.recipe
    return finalize(cfg).target


@pytest.mark.parametrize("size", ["base", "large"])
@pytest.mark.parametrize("name", HU2020)
def test_hu2020_is_xtremes_scripts(name, size):
    base_lr, large_lr, epochs, batch_size, max_len, warmup, decay, selection = HU2020[name]
    found = task(name, f"backbone=xlmr_{size}")
    recipe = found.recipe
    assert recipe.lr == (base_lr if size == "base" else large_lr)
    assert (recipe.epochs, recipe.batch_size, found.max_len) == (epochs, batch_size, max_len)
    assert (recipe.warmup, recipe.weight_decay, recipe.selection) == (warmup, decay, selection)
    assert (recipe.clip, recipe.patience, recipe.head_lr, recipe.validation_rows) == (1, 0, None, None)


@pytest.mark.parametrize("size", ["base", "large"])
@pytest.mark.parametrize("name", PHANG2020)
def test_phang2020_is_jiants_scripts(name, size):
    found = task(name, f"backbone=xlmr_{size}", "recipe=phang2020")
    assert (found.recipe.epochs, found.recipe.batch_size, found.max_len) == PHANG2020[name]
    assert (found.recipe.lr, found.recipe.warmup, found.recipe.weight_decay) == (1e-5, 0.1, 0.01)
    assert (found.recipe.clip, found.recipe.selection) == (1, "best_validation")


@pytest.mark.parametrize("recipe", ["hu2020", "hu2020_large", "phang2020"])
@pytest.mark.parametrize("name", ["tatoeba", "bucc2018"])
def test_retrieval_trains_nothing_and_reads_512(name, recipe):
    chosen = name if name in names("task") else "pocket_mining"
    found = task(chosen, f"recipe={recipe}")
    assert (found.recipe.epochs, found.max_len) == (0, 512)


def test_a_large_backbone_chooses_the_large_recipe_unless_told_otherwise():
    assert cell_with_root("backbone=xlmr_large").recipe.name == "hu2020_large"
    assert cell_with_root("backbone=xlmr_large", "recipe=phang2020").recipe.name == "phang2020"
    assert cell_with_root("backbone=xlmr_base").recipe.name == "hu2020"


def test_a_length_is_that_of_the_recipe_unless_the_task_or_the_command_line_has_one():
    assert task("udpos", "recipe=phang2020", "target.max_len=64").max_len == 64
    assert task("xcopa", "recipe=phang2020").max_len == 128  # says so itself
    assert task("udpos", "+recipe.max_len.udpos=96").max_len == 96
    assert task("udpos", "+recipe.max_len.tagging=80").max_len == 80
    assert task("udpos", "recipe=phang2020", "+recipe.max_len.udpos=96").max_len == 96


def test_each_recipe_composes():
    assert {"small", "hu2020", "phang2020"} <= {*names("recipe")}
    for recipe in names("recipe"):
        assert cell_with_root(f"recipe={recipe}").recipe.name == recipe


def test_a_length_that_cannot_be():
    with pytest.raises(ConfigError, match=r"recipe\.max_len\.tagging: expected at least 4, got 0"):
        cell_with_root("+recipe.max_len.tagging=0")


def intermediate(name: str, *overrides: str):
    """Compose an intermediate task before udpos."""
    return cell_with_root("target=udpos", f"intermediate={name}", *overrides).intermediate


def test_small_keeps_the_encoder_whole_in_an_intermediate_phase():
    recipe = cell_with_root("recipe=small").recipe
    assert recipe.intermediate.default["lr"] <= 5e-5
    assert recipe.intermediate.default["head_lr"] >= 1e-4
    for name, settings in recipe.intermediate.tasks.items():
        assert settings.get("lr", 0) <= 5e-5, name
    assert intermediate("stsb", "recipe=small").recipe.lr <= 5e-5 < task("stsb", "recipe=small").recipe.lr


def test_a_recipe_s_settings_of_a_phase_hold_for_that_phase_alone():
    changes = (
        "+recipe.intermediate.default={lr: 3e-6, epochs: 7}",
        "+recipe.intermediate.tasks.stsb={lr: 4e-6}",
        "+recipe.tasks.stsb={lr: 5e-6, clip: 9}",
    )
    assert task("stsb", *changes).recipe.lr == 5e-6
    recipe = intermediate("stsb", *changes).recipe
    assert (recipe.lr, recipe.epochs, recipe.clip) == (4e-6, 7, 9)
    assert intermediate("mnli", *changes).recipe.lr == 3e-6
    assert intermediate("mnli", *changes, "intermediate.recipe.lr=1e-7").recipe.lr == 1e-7


def test_members_of_an_intermediate_mixture_take_the_settings_of_that_phase():
    members = intermediate(
        "mixture",
        "intermediate.tasks=[mnli,stsb]",
        "recipe=small",
        "+recipe.intermediate.tasks.stsb={lr: 1e-6}",
    ).members
    assert (members["mnli"].recipe.lr, members["stsb"].recipe.lr) == (5e-5, 1e-6)


@pytest.mark.parametrize("recipe", ["hu2020", "hu2020_large", "phang2020"])
def test_published_recipes_have_one_set_of_settings_for_both_phases(recipe):
    assert intermediate("mnli", f"recipe={recipe}").recipe == task("mnli", f"recipe={recipe}").recipe
