"""Smaller parts of a training set lie inside larger ones, and translations of a row are chosen together."""

import functools
import json
import re

import pytest

from tests.helpers.cells import composed_cell
from tests.helpers.real_data import DATA, needs_data, real_cell
from xtl import pocket
from xtl.caching.session import SessionCache
from xtl.data.splits import examples_of
from xtl.errors import DataNotFoundError
from xtl.pipeline.read import read_phase

TRAINED = [task for task in pocket.TASKS if task != "pocket_mining"]
REAL = {"udpos": "en", "uner": "en", "xquad": "zh", "stsb": "fr", "xnli": "de"}
"""Tasks that have a training set among the real data, and a language of it."""


def chosen(make, task, lang, fraction, cache):
    config = made(make, task, lang)
    config.intermediate.fraction = fraction
    return examples_of(read_phase("intermediate", config.intermediate, config, cache).train)


@functools.cache
def made(make, task, lang):
    """A cell with a whole intermediate training set, composed once."""
    return make(
        "backbone=tiny", "target=pocket_pos", f"intermediate={task}", f"intermediate.lang={lang}",
        "intermediate.fraction=1", "intermediate.recipe.epochs=1", "trainer.accelerator=cpu",
    )  # fmt: skip


def check_nested(make, task, lang):
    cache = SessionCache()
    sizes, inside = [], set()
    for fraction in (0.1, 0.25, 0.5, 1):
        rows = {row.uid for row in chosen(make, task, lang, fraction, cache)}
        assert inside < rows
        inside = rows
        sizes.append(len(rows))
    assert sizes == [max(1, int(share * sizes[-1] + 0.5)) for share in (0.1, 0.25, 0.5, 1)]


def of_pocket(*overrides):
    return composed_cell("data=pocket", "data.sizes.train=120", "data.sizes.validation=4", *overrides)


def of_files(*overrides):
    return real_cell(*overrides, "data=local", f"data.root={DATA}")


@pytest.mark.parametrize("task", TRAINED)
def test_a_tenth_lies_inside_a_quarter_and_that_inside_the_whole(task):
    check_nested(of_pocket, task, "sw")


@pytest.mark.parametrize("task", TRAINED)
def test_every_language_gets_the_same_rows(task):
    cache = SessionCache()
    uids = [{row.uid for row in chosen(of_pocket, task, lang, 0.2, cache)} for lang in ("de", "zh", "sw")]
    assert uids[0] == uids[1] == uids[2]


@pytest.mark.parametrize(
    ("selection", "split", "langs", "is_told"),
    [
        ("best_validation", "validation", "[en,de]", True),
        ("best_validation", "validation", "[de]", False),
        ("best_validation", "test", "[en,de]", False),
        ("last", "validation", "[en,de]", False),
    ],
)
def test_weights_that_are_chosen_on_what_is_scored_are_told(selection, split, langs, is_told, caplog):
    settings = (f"target.recipe.selection={selection}", f"target.eval_split={split}", f"target.langs={langs}")
    config = of_pocket("backbone=tiny", "target=pocket_qa", "target.recipe.epochs=1", *settings)
    read_phase("target", config.target, config, SessionCache())
    assert ("chosen on the validation set of en, which is scored too" in caplog.text) == is_told


def files_of(root, *paths):
    """Files of two sentences each, of tags or of raw text."""
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        row = "{}\tword\t_\tNOUN\t_\t_\t0\troot\t_\t_\n\n"
        text = "A line of words.\nAnd one more.\n" if file.suffix == ".txt" else row.format(1) * 2
        file.write_text(text, encoding="utf-8")


def phase_of(root, name, *overrides):
    local = ("backbone=tiny", "data=local", f"data.root={root}", "target=udpos")
    config = composed_cell(*local, *overrides)
    return read_phase(name, getattr(config, name), config, SessionCache())


def test_languages_that_xtreme_r_adds_have_shots_and_are_compared(tmp_path, caplog):
    splits = ("train", "validation", "test")
    files_of(tmp_path, *(f"udpos/{lang}/{split}.conllu" for lang in ("en", "de", "lt") for split in splits))
    phase = phase_of(tmp_path, "target", "target.langs=[lt,de]", "target.shots=2")
    assert [subset.split.lang for subset in phase.train] == ["en", "lt", "de"]
    assert [*phase.watched] == ["en", "lt", "de"]
    assert "no training set" not in caplog.text
    # Where none are named, those of XTREME are scored.
    assert [*phase_of(tmp_path, "target").watched] == ["en", "de"]


@pytest.mark.parametrize(
    ("german", "lang", "shots", "is_told"),
    [
        (["a", "b"], "[en,de]", 0, True),
        (["a", "b"], "en", 1, True),
        (["a", "b"], "en", 0, False),
        # A row that is left out keeps its number, and the others theirs.
        (["a", "NS", "c"], "[en,de]", 0, False),
    ],
)
def test_translations_that_are_not_even_as_many_rows_are_told(tmp_path, german, lang, shots, is_told, caplog):
    for code, texts in {"en": ["a", "b", "c"], "de": german}.items():
        for split in ("train", "validation"):
            file = tmp_path / "pawsx" / code / f"{split}.jsonl"
            file.parent.mkdir(parents=True, exist_ok=True)
            rows = ({"sentence1": text, "sentence2": "x", "label": "1"} for text in texts)
            file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    phase_of(
        tmp_path,
        "target",
        "target=pawsx",
        f"target.lang={lang}",
        f"target.shots={shots}",
        "target.langs=[de]",
    )
    assert ("pawsx: training rows should be translations of each other" in caplog.text) == is_told
    assert ("(en 3, de 2)" in caplog.text) == is_told


MIXTURE = ("intermediate=mixture", "intermediate.tasks=[udpos,mlm]", "intermediate.recipe.epochs=1")


def test_the_recipe_of_a_mixture_says_whether_its_tasks_need_validation_sets(tmp_path):
    files_of(tmp_path, *(f"udpos/en/{split}.conllu" for split in ("train", "validation")), "mlm/en/train.txt")
    last = (*MIXTURE, "intermediate.recipe.selection=last", "intermediate.recipe.patience=0")
    phase = phase_of(tmp_path, "intermediate", *last)
    assert len(phase.train) == 2
    assert [subset.split.task for subset in phase.validation] == ["udpos"]
    for chosen_by in ("selection=best_validation", "patience=1"):
        with pytest.raises(DataNotFoundError, match="task 'mlm': expected a validation set in en"):
            phase_of(tmp_path, "intermediate", *last, f"intermediate.recipe.{chosen_by}")
    # What a member's own recipe says counts for nothing.
    own = "+recipe.tasks.mlm={selection: last}"
    with pytest.raises(DataNotFoundError, match="selection=best_validation"):
        phase_of(tmp_path, "intermediate", *MIXTURE, own, "intermediate.recipe.selection=best_validation")


@needs_data
@pytest.mark.parametrize("task", REAL)
def test_a_tenth_of_real_data_lies_inside_a_quarter(task):
    check_nested(of_files, task, REAL[task])


@needs_data
def test_the_rows_of_real_translations_are_translations_of_each_other():
    cache = SessionCache()
    german, chinese = (chosen(of_files, "stsb", lang, 0.05, cache) for lang in ("de", "zh"))
    assert [row.uid for row in german] == [row.uid for row in chinese]
    assert len(german) == 287
    # Scores are the same in every language, as they were given to the English pair.
    assert [row.label for row in german] == [row.label for row in chinese]
    assert all(one.first != other.first for one, other in zip(german, chinese, strict=True))


@pytest.mark.parametrize("phase", ["target", "intermediate"])
@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        (["selection=best_validation", "patience=0"], ["selection=last"]),
        (["selection=best_validation", "patience=2"], ["selection=last", "patience=0"]),
        (["selection=last", "patience=2"], ["patience=0"]),
    ],
)
def test_what_helps_without_a_validation_set_can_be_typed(phase, settings, advice, tmp_path):
    (tmp_path / "udpos/en").mkdir(parents=True)
    (tmp_path / "udpos/en/train.tsv").write_text("go\tVERB\n\n")

    def read(*changes):
        config = composed_cell(
            "backbone=tiny", "data=local", f"data.root={tmp_path}", "target=udpos", f"{phase}=udpos",
            *(f"{phase}.recipe.{setting}" for setting in settings),
            "trainer.compare_selections=false", *changes,
        )  # fmt: skip
        read_phase(phase, getattr(config, phase), config, SessionCache())

    expected = " ".join(f"{phase}.recipe.{setting}" for setting in advice)
    with pytest.raises(DataNotFoundError, match=rf"found none; use {re.escape(expected)}$"):
        read()
    read(*expected.split())


def test_more_rows_than_there_are_say_what_to_lower():
    config = of_pocket("backbone=tiny", "target=pocket_pos", "target.size=500")
    with pytest.raises(DataNotFoundError, match=r"got 120; lower target\.size, or give null"):
        read_phase("target", config.target, config, SessionCache())
