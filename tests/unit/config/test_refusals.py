"""Settings that cannot work, as the commands refuse them: where, what was expected, what came."""

import re

import pytest

from tests.helpers.cells import composed_cell
from tests.helpers.compose import compose_train
from xtl import config
from xtl.caching.session import SessionCache
from xtl.errors import ConfigError, DataFormatError
from xtl.models import tiny
from xtl.models.tiny_encoder import tiny_tokenizer
from xtl.modules import AdamWLinear
from xtl.pipeline.read import read_phase
from xtl.tasks.build import build_task

POCKET = ("target=pocket_pos", "backbone=tiny")
RETRIEVAL = ("target=pocket_retrieval", "backbone=tiny")


def mixture(*overrides, tasks="[pocket_nli,pocket_qa]"):
    return ("intermediate=mixture", f"intermediate.tasks={tasks}", *overrides)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("target.recipe.lrr=1",), "target.recipe.lrr: expected one of lr, .* (did you mean 'lr'?)"),
        (
            ("+target.recipe.lrr=1",),
            "target.recipe.lrr: expected one of lr, .* (did you mean 'lr'?)",
        ),
        (("target.maxlen=3",), "target.maxlen: expected one of name, .* (did you mean 'max_len'?)"),
        (("trainer.device=2",), "trainer.device: expected one of .* (did you mean 'devices'?)"),
        (
            ("tracking=null",),
            "tracking=null: expected a choice of tracking, got null; tracking=none",
        ),
        (("backbone=null",), "backbone=null: expected a choice of backbone, got null; one of e5_small, "),
        (("intermediate=null",), "intermediate=null: expected a choice of intermediate, got null; "),
        (("target.lang=3",), "target.lang: expected languages of task 'pocket_pos' (.*), got '3'"),
        (("target.langs=5",), "target.langs: .*'5'"),
        (("target.lang=true",), "target.lang: expected languages of task 'pocket_pos' (.*), got 'True'"),
        (("target.langs={de: hi}",), "target.langs: .*{'de': 'hi'}"),
        (("target.train_languages=xx",), "target.train_languages: expected languages of task .*, got 'xx'"),
        (("target.task_type=classification",), "target.task_type: expected the type that the file of task "),
        (mixture(tasks="[pocket_nli,none]"), "intermediate.tasks: expected names of tasks, got 'none'"),
        (mixture(tasks="[pocket_nli,5]"), "intermediate.tasks: expected names of tasks, got '5'"),
        (mixture(tasks="[pocket_nli,foo]"), "intermediate.tasks: expected names of tasks, got 'foo'"),
        (
            mixture("+intermediate.settings.pocket_nli=5"),
            "intermediate.settings.pocket_nli: expected",
        ),
        (
            mixture("+intermediate.rates={pocket_nli: 0.5, pocket_qa: 0.4}"),
            "intermediate.rates: expected rates of some tasks, so that another takes what is left",
        ),
        ((*RETRIEVAL, "target.max_len=1"), "target.max_len: expected .*8.*, got 1"),
        ((*RETRIEVAL, "target.max_len=-5"), "target.max_len: expected .*8.*, got -5"),
        ((*RETRIEVAL, "backbone.embedding.layer=1.5"), "embedding.layer: expected last, benchmark, a number"),
        ((*RETRIEVAL, "backbone.embedding.layer=nan"), "embedding.layer: expected last, benchmark, a number"),
        (
            (*RETRIEVAL, "target.lang=de", "target.recipe.epochs=1", "target.recipe.batch_size=1"),
            "target.recipe.batch_size: expected 2 or more for task 'pocket_retrieval'",
        ),
    ],
)
def test_a_setting_is_refused_in_one_line(overrides, message):
    pattern = re.escape(message).replace(r"\.\*", ".*")
    with pytest.raises(ConfigError, match=pattern) as refused:
        config.finalize(compose_train(*POCKET, *overrides))
    assert "\n" not in str(refused.value)


def test_a_task_of_a_mixture_without_a_batch_is_told(caplog):
    cell = composed_cell(
        *POCKET,
        *mixture("+intermediate.rates.pocket_qa=0.01", "intermediate.recipe.epochs=1"),
        "data.sizes={train: 16, validation: 4, test: 4}",
    )
    cache, task = SessionCache(), build_task(cell.intermediate, cell.data)
    phase = read_phase("intermediate", cell.intermediate, cell, cache)
    features = cache.features.features(task, phase.train, tiny_tokenizer())
    task.training_batches(features, updates=3, seed=1)
    assert "pocket_qa gets none of the 3 batches of pocket_nli+pocket_qa and is not trained" in caplog.text
    caplog.clear()
    task.training_batches(features, updates=300, seed=1)
    assert caplog.text == ""


def test_a_label_that_pockets_rows_have_and_the_task_has_not_is_told():
    cell = composed_cell(*POCKET, "target=pocket_paraphrase", "target.labels=[1,2]")
    task = build_task(cell.target, cell.data)
    with pytest.raises(DataFormatError, match="expected one of the labels 1 2, got '0'"):
        list(task.encode(task.source.examples("en", "train"), tiny_tokenizer()))


@pytest.mark.parametrize("task", ["pocket_retrieval", "pocket_mining"])
def test_a_layer_that_the_encoder_has_not_is_told(task):
    cell = composed_cell(f"target={task}", "backbone=tiny", "backbone.embedding.layer=99")
    task = build_task(cell.target, cell.data, cell.backbone.embedding)
    with pytest.raises(ConfigError, match=r"embedding\.layer: expected .*a layer from -2 to 2"):
        task.module(tiny().backbone, AdamWLinear(lr=1e-3), dropout=0.0)


def test_a_task_of_a_mixture_needs_a_language_whatever_the_epochs_of_its_own_recipe():
    retrieval = mixture(tasks="[pocket_nli,pocket_retrieval]")
    none = "+intermediate.settings.pocket_retrieval={lang: []}"
    with pytest.raises(ConfigError, match=r"pocket_retrieval\.lang: expected at least one language to train"):
        composed_cell(*POCKET, *retrieval, none)
    composed_cell(*POCKET, *retrieval, none.replace("[]", "[], size: 0"))


def test_validation_rows_of_a_mixture_hold_for_its_tasks():
    cell = composed_cell(
        *POCKET, *mixture("intermediate.recipe.validation_rows=2", "intermediate.recipe.batch_size=3")
    )
    recipes = [member.recipe for member in cell.intermediate.members.values()]
    assert [(recipe.validation_rows, recipe.batch_size) for recipe in recipes] == [(2, 3)] * 2


def test_so_does_null_which_stands_for_all_of_them():
    of_recipe = ("recipe=phang2020", *mixture())
    rows = {}
    for settings in ((), ("intermediate.recipe.validation_rows=null",)):
        cell = composed_cell(*POCKET, *of_recipe, *settings)
        rows[settings] = [member.recipe.validation_rows for member in cell.intermediate.members.values()]
    assert [*rows.values()] == [[500, 500], [None, None]]
