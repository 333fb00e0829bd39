"""How a cell ended, as another machine sees it."""

from pathlib import Path

import pytest

from xtl.runs.status import DONE, STATUS_FILE, CellStatus, new_status, stamp_of, status_of, write_status


@pytest.mark.parametrize("ask", [status_of, lambda folder: new_status(folder, {})], ids=["any", "new"])
def test_the_folder_is_listed_before_a_status_is_said_not_to_be_there(ask, tmp_path, monkeypatch):
    """A client of a network's file system remembers what was not there, until it lists the folder."""
    listed, iterdir = [], Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda self: listed.append(self) or iterdir(self))
    assert ask(tmp_path) is None
    assert listed == [tmp_path]


def test_a_status_is_new_that_has_taken_the_place_of_an_earlier_one(tmp_path):
    status = CellStatus(status=DONE, seconds=1.0, score=50.0)
    write_status(tmp_path, status)
    before = {tmp_path: stamp_of(tmp_path / STATUS_FILE)}
    assert new_status(tmp_path, before) is None
    write_status(tmp_path, status)
    assert new_status(tmp_path, before) == status
