"""What the files of pocket's tasks say of it."""

import pytest

from tests.helpers.cells import composed_cell
from xtl import pocket
from xtl.errors import ConfigError, DataNotFoundError

LANGS = pocket.available()


def test_every_label_that_pocket_uses_is_one_of_the_task():
    for task in ("pocket_pos", "pocket_ner"):
        labels = set(composed_cell(f"target={task}").target.labels.split())  # type: ignore[attr-defined]
        for lang in LANGS:
            rows = pocket.examples(task, lang, split="test", size=300)
            assert {tag for row in rows for tag in row.tags} <= labels


def test_an_unknown_task_has_no_languages():
    with pytest.raises(DataNotFoundError, match=r"no task 'pocket_poss' \(did you mean 'pocket_pos'"):
        pocket.languages("pocket_poss")


def test_sizes_are_refused_when_they_make_no_sense():
    with pytest.raises(ConfigError, match=r"data\.sizes\.train: expected a number of rows from 1 to 50,000"):
        composed_cell("target=pocket_pos", "data.sizes.train=50001")
