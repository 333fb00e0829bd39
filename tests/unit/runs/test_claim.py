"""A run folder has one writer at a time."""

import json
import os
from dataclasses import asdict, replace

import pytest

from xtl.errors import RunInUseError
from xtl.runs.claim import CLAIM_FILE, claimed
from xtl.store.holder import Holder
from xtl.store.lease import Lease


def test_a_second_writer_is_refused_by_name_and_nothing_is_left(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    with Lease(folder / CLAIM_FILE).held():
        who = rf"process {os.getpid()} on .* holds; wait for it, choose another folder \(hydra\.run\.dir="
        with pytest.raises(RunInUseError, match=who), claimed(folder):
            pass
        assert (folder / CLAIM_FILE).is_file()  # the first one's is still there
    assert list(folder.iterdir()) == []


def test_a_claim_within_one_changes_nothing(tmp_path):
    folder = tmp_path / "run"
    with claimed(folder):
        with claimed(folder):
            pass
        assert (folder / CLAIM_FILE).is_file()
    assert list(folder.iterdir()) == []


def test_the_claim_of_a_killed_process_is_taken_over(tmp_path):
    me = Holder.of_this_process()
    (tmp_path / CLAIM_FILE).write_text(json.dumps(asdict(replace(me, identity="x", begin="1"))))
    with claimed(tmp_path):
        assert json.loads((tmp_path / CLAIM_FILE).read_text())["begin"] == me.begin
