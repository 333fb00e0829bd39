"""A cell whose labels are those of its training set."""

from pathlib import Path

import pytest

from tests.helpers.cells import tiny_cell
from tests.helpers.derivations import VERB, write_auto
from tests.helpers.tasks import composed_task
from xtl.pipeline.cell import run_cell
from xtl.store.store import PhaseStore


def test_labels_come_from_the_training_set_and_others_count_as_wrong(tmp_path: Path):
    rows = [("dog", VERB)] * 20 + [("cat", "S/NP")]
    root = write_auto(
        tmp_path / "data", train=rows, validation=rows[:4], test=[("dog", VERB), ("dog", "new\\one")]
    )
    overrides = ("target=ccg", "target.most_labels=3", "target.recipe.epochs=20")
    cell = tiny_cell(root, *overrides)
    results = run_cell(cell, tmp_path / "run", store=PhaseStore(tmp_path / "phases"))
    assert composed_task("ccg", f"data.root={root}", "target.most_labels=3").labels == ("N", "NP/N", VERB)
    assert composed_task("ccg", f"data.root={root}").labels == ("N", "NP/N", "S/NP", VERB)
    (one,) = results
    assert one.value == pytest.approx(
        100 * 5 / 6
    )  # two sentences of three words, one with a category of its own
    assert '"has tags that are no label, which count as wrong": 1' in (
        (tmp_path / "run" / "phases.json").read_text()
    )
