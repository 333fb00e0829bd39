"""A run, a phase store and task files of version 0.1.0 still score, and train to the same weights."""

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.helpers.cells import composed_cell, evaluation
from xtl import results
from xtl.caching.session import SessionCache
from xtl.evaluation.rescore import evaluate_run
from xtl.pipeline.cell import run_cell
from xtl.store.store import PhaseStore

OLD = Path(__file__).parents[1] / "golden" / "run_0.1.0"
TARGET_KEY, INTERMEDIATE_KEY = "6fd7e92c0622f818", "04e5101868d611da"


def values(path: Path) -> dict[tuple[str, str, str], float]:
    """Scores by selection, language and metric."""
    return {
        (result.run.selection, result.lang, result.metric): result.value
        for result in results.read(path / "results.jsonl")
    }


@pytest.fixture
def old_cache(tmp_path, monkeypatch) -> Path:
    """The phase store as that version left it, in a cache of its own."""
    cache = tmp_path / "cache"
    shutil.copytree(OLD / "phases", cache / "phases")
    monkeypatch.setenv("XTL_CACHE", str(cache))
    return cache


def test_a_run_scores_as_it_did(old_cache, tmp_path):
    scored = evaluate_run(evaluation(OLD, f"data.root={OLD / 'data'}"), tmp_path / "scored")
    old = values(OLD)
    assert len(scored) == 4
    for result in scored:
        expected = old["best_validation", result.lang, result.metric]
        assert result.value == pytest.approx(expected, abs=1e-9), (result.lang, result.metric)


def test_the_encoder_of_its_intermediate_phase_is_in_the_store(old_cache):
    entry = PhaseStore().find(INTERMEDIATE_KEY)
    assert entry is not None
    assert entry.info["summary"]["rows"] == 16


def test_its_task_files_train_to_the_same_weights(tmp_path):
    cell = composed_cell(
        f"hydra.searchpath=[file://{OLD / 'conf'}]", "intermediate=mynli", "target=mytags", "backbone=tiny",
        f"data.root={OLD / 'data'}", "trainer.accelerator=cpu", "trainer.precision=32-true",
        "trainer.save_encoder=false", "trainer.kernels=torch", "target.recipe.epochs=3",
        "target.recipe.batch_size=8", "target.recipe.lr=1e-2", "intermediate.recipe.epochs=2",
        "intermediate.recipe.batch_size=8", "intermediate.recipe.lr=1e-3",
    )  # fmt: skip
    store = PhaseStore(tmp_path / "phases")
    run_cell(cell, tmp_path / "run", store=store, cache=SessionCache())
    assert values(tmp_path / "run") == pytest.approx(values(OLD), abs=1e-9)
    old_names = {16: INTERMEDIATE_KEY, 24: TARGET_KEY}
    for key in store.keys():  # noqa: SIM118  a store is no mapping
        entry = store.find(key)
        assert entry is not None
        old = OLD / "phases" / old_names[entry.info["summary"]["rows"]]
        for file in sorted(old.glob("*.safetensors")):
            expected, weights = load_file(file), load_file(entry.path / file.name)
            assert weights.keys() == expected.keys()
            for name, weight in weights.items():
                # Processors differ in the last bits of a product.
                torch.testing.assert_close(weight, expected[name], rtol=1e-4, atol=1e-5)
