"""A cell whose blocks are computed twice: the same keys, weights and predictions, byte for byte."""

import hashlib

import pytest

from tests.helpers.cells import composed_cell
from xtl.pipeline.cell import run_cell
from xtl.store.store import PhaseStore

pytestmark = pytest.mark.slow  # tests/unit/models/test_recomputed.py looks at the gradients alone

CELL = (
    "intermediate=pocket_nli", "intermediate.recipe.epochs=1", "target=pocket_pos", "target.recipe.epochs=2",
    "target.recipe.dropout=0.1", "backbone=tiny", "trainer.accelerator=cpu", "trainer.save_encoder=false",
    "target.langs=[de]", "data.sizes.train=24", "data.sizes.validation=6", "data.sizes.test=6",
)  # fmt: skip


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_weights_and_predictions_are_the_same_byte_for_byte(tmp_path, precision):
    hashes = []
    for checkpointing in ("false", "true"):
        folder = tmp_path / checkpointing
        settings = (f"trainer.precision={precision}", f"trainer.gradient_checkpointing={checkpointing}")
        folder.mkdir()
        run_cell(composed_cell(*CELL, *settings), folder, store=PhaseStore(folder / "store"))
        files = [*folder.glob("store/*/*.safetensors"), *folder.rglob("*.parquet")]
        hashes.append(
            {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
        )
    assert len(hashes[0]) >= 6
    assert hashes[0] == hashes[1]
