"""``xtl-data prepare``: what it leaves is what training and scoring read."""

import sys

import pytest
from transformers import PreTrainedTokenizerBase

from tests.helpers.cells import composed_cell, tiny_cell
from tests.helpers.corpus import write_split
from tests.helpers.data_command import called
from xtl.config.catalogue import task_cards
from xtl.pipeline.cell import run_cell

pytestmark = pytest.mark.usefixtures("empty_hub")


@pytest.fixture
def untokenised(monkeypatch):
    """Refuse every call of a tokenizer from the moment that this is called."""

    def refuse(*_, **__):
        raise AssertionError("a text was tokenised")

    def begin():
        monkeypatch.setattr(PreTrainedTokenizerBase, "__call__", refuse)
        for module in list(sys.modules.values()):
            if module.__name__.startswith("xtl.tasks.") and "encode_texts" in vars(module):
                monkeypatch.setattr(module, "encode_texts", refuse)

    return begin


def test_training_after_prepare_tokenises_nothing(tmp_path, capsys, untokenised):
    root = tmp_path / "data"
    for lang in ("en", "de"):
        write_split(root, lang, "train", range(48))
        write_split(root, lang, "validation", range(48, 60))
        write_split(root, lang, "test", range(60, 75))
    out, told = called(capsys, "prepare", "udpos", "--root", root, "--backbone", "tiny")
    first = next(line.split() for line in out.splitlines() if line.split()[:3] == ["udpos", "de", "train"])
    assert first[3:5] == ["48", "48"]
    assert "features" in told
    untokenised()
    for number, fraction in enumerate((1, 0.5, 0.1)):
        both = ("intermediate=udpos", "intermediate.lang=de", f"intermediate.fraction={fraction}")
        small = ("intermediate.recipe.epochs=1", "target.recipe.epochs=1", f"target.fraction={fraction}")
        compared = "trainer.compare_selections=true"
        found = run_cell(tiny_cell(root, *both, *small, compared), tmp_path / f"run{number}")
        assert {line.lang for line in found} == {"en", "de"}
    with pytest.raises(AssertionError, match="a text was tokenised"):
        run_cell(tiny_cell(root, "target.max_len=64", "target.recipe.epochs=1"), tmp_path / "other")
    again, _ = called(capsys, "prepare", "udpos", "--root", root, "--backbone", "tiny")
    assert again.count("was there") == 6


POCKET = ("data.sizes.train=40", "data.sizes.validation=8", "data.sizes.test=8")


@pytest.mark.slow
@pytest.mark.parametrize("task", [card.name for card in task_cards() if card.group == "pocket"])
def test_every_family_finds_what_was_prepared(task, tmp_path, capsys, untokenised):
    langs = "de+zh" if task in ("pocket_retrieval", "pocket_mining") else "en+de"
    called(capsys, "prepare", task, *POCKET, "--lang", langs, "--backbone", "tiny")
    untokenised()
    trains = () if task == "pocket_mining" else ("target.lang=de", "target.recipe.epochs=1")
    share = () if task in ("pocket_mining", "pocket_text") else ("target.fraction=0.5",)
    settings = ("backbone=tiny", "trainer.precision=32-true", *POCKET, *trains, *share)
    found = run_cell(
        composed_cell(f"target={task}", f"target.langs=[{langs.replace('+', ',')}]", *settings), tmp_path
    )
    assert {line.lang for line in found} == set(langs.split("+"))
