"""Settings without effect are said, and those that have one are not."""

import pytest

from tests.helpers.configs import cell_with_root
from xtl.config.unread import warn_of_unread_defaults

GERMAN = ("intermediate=xnli", "intermediate.lang=de")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["tuning.rank=3"],
            "tuning.rank=3 is not read: it is of tuning=lora, and this cell trains with tuning=full",
        ),
        (["tuning=bitfit", "tuning.layers=2"], "tuning.layers=2 is not read: it is of tuning=freeze_n"),
        (
            ["+recipe.tasks.udposs={lr: 1e-4}"],
            "recipe.tasks.udposs is not read: there is no task of that name",
        ),
        (["+recipe.intermediate.tasks.xnlli={lr: 1e-4}"], "recipe.intermediate.tasks.xnlli is not read"),
        (
            ["intermediate=xnli", "intermediate.langs=[en,de]"],
            "intermediate.langs=en,de is not read: 'xnli' is trained in intermediate.lang=en, and the target",
        ),
        (["+recipe.max_len.taging=20"], "recipe.max_len.taging is not read: .* (did you mean 'tagging'?)"),
    ],
)
def test_a_setting_that_nothing_reads_is_said(overrides, message, caplog):
    cell_with_root(*overrides)
    first, _, last = message.partition(".* ")
    assert first in caplog.text
    assert last in caplog.text


@pytest.mark.parametrize(
    ("overrides", "messages"),
    [
        (
            ["recipe=small", "target=uner", "recipe.default.lr=1e-3"],
            ["default.lr is not read for the target task 'uner': recipe.tasks.uner.lr stands before it"],
        ),
        (
            ["recipe=small", "target=udpos", *GERMAN, "recipe.default.lr=1e-3"],
            ["for the intermediate task 'xnli': recipe.intermediate.default.lr stands before it"],
        ),
        (
            ["recipe=hu2020", "target=xquad", "recipe.default.lr=1e-3", "recipe.default.warmup=0.2"],
            [
                "recipe.default.lr is not read for the target task 'xquad'",
                "recipe.default.warmup is not read",
            ],
        ),
        (["recipe=small", "target=udpos", "recipe.default.lr=1e-3"], []),
        (["recipe=small", "target=uner", "recipe.default.lr=1e-3", "target.recipe.lr=1e-3"], []),
        (["recipe=small", "target=uner", "recipe.default.lr=1e-3", "recipe.tasks.uner.lr=1e-3"], []),
        (["recipe=small", "target=uner"], []),
    ],
)
def test_a_default_of_the_recipe_that_is_given_and_not_read_is_said(overrides, messages, caplog):
    warn_of_unread_defaults(cell_with_root(*overrides), overrides)
    for message in messages:
        assert message in caplog.text
    assert caplog.text.count("stands before it") == len(messages)


@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["tuning=freeze_n", "tuning.layers=2"],
        ["intermediate=xnli", "intermediate.lang=en", "intermediate.tuning.name=freeze_n", "tuning.layers=2"],
        ["+recipe.tasks.weather={lr: 1e-4}"],  # a task of one's own
        ["+recipe.max_len.tagging=64"],
    ],
)
def test_a_setting_that_is_read_is_not_said(overrides, caplog):
    cell_with_root(*overrides)
    assert "is not read" not in caplog.text
