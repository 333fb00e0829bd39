"""What a dry run says of a cell that would not end well."""

import pytest

from tests.helpers.cells import tiny_cell
from tests.helpers.corpus import write_split
from xtl.caching.session import SessionCache
from xtl.errors import DataNotFoundError
from xtl.pipeline.plan import plan_cell
from xtl.store.store import PhaseStore


@pytest.fixture
def training_data(tmp_path):
    for split in ("train", "validation"):
        write_split(tmp_path / "data", "en", split, range(12))
    return tmp_path / "data"


def planned(root, *overrides):
    return plan_cell(tiny_cell(root, *overrides), PhaseStore(root / "none"), SessionCache())


def test_without_anything_to_score(training_data):
    with pytest.raises(DataNotFoundError, match=r"expected a test file in at least one of its languages"):
        planned(training_data)
    assert [phase.rows for phase in planned(training_data, "target.eval_split=validation")] == [12]


def test_without_a_language_that_was_asked_for(training_data):
    write_split(training_data, "de", "test", range(4))
    with pytest.raises(DataNotFoundError, match=r"expected a test file in hi, found none"):
        planned(training_data, "target.langs=[de,hi]")
    assert [phase.rows for phase in planned(training_data, "target.langs=[de]")] == [12]
