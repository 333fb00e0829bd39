"""Ways in which blocks compute a batch, for tests that must hold in each."""

import pytest

from xtl.models.kernels import layout, reading, trained_blocks


@pytest.fixture(params=["whole", "in halves", "in halves with spare rows"])
def halves_of_any_size(request, monkeypatch):
    """Batches that are computed whole and in halves, each of which has a thread."""
    monkeypatch.setattr(layout, "_LEAST", 0 if request.param != "whole" else 1 << 60)
    if request.param == "in halves with spare rows":
        for module in (layout, reading):
            monkeypatch.setattr(module, "spare_rows", lambda num_tokens, dtype: 3)
    monkeypatch.setattr(trained_blocks, "can_share_evenly", lambda number: True)
