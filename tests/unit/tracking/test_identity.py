"""The id of a cell's run in views: what keeps it, and what makes another run."""

import json
from dataclasses import replace

import pytest

import xtl
from tests.helpers.cells import composed_cell, tiny_cell
from tests.helpers.corpus import write_corpus
from xtl.runs.fingerprint import run_fingerprint
from xtl.tracking.identity import FILE_NAME, run_id


@pytest.fixture
def root(tmp_path):
    return write_corpus(tmp_path / "data")


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


def test_a_cell_that_goes_on_keeps_its_run_also_with_other_threads_views_or_a_moved_data_folder(root, run):
    first = run_id(tiny_cell(root), run)
    assert len(first) == 16
    assert run_id(tiny_cell(root), run) == first
    (root / "udpos/en/test.conllu").touch()
    assert run_id(tiny_cell(root, "trainer.threads=1", "tracking=csv"), run) == first
    moved = root.rename(root.with_name("moved"))
    assert run_id(tiny_cell(moved), run) == first


def test_a_cell_whose_data_have_changed_has_another_run(root, run):
    first = run_id(tiny_cell(root), run)
    path = root / "udpos/en/train.conllu"
    path.write_text(path.read_text() + path.read_text())
    assert run_id(tiny_cell(root), run) != first


def test_a_cell_of_another_version_has_another_run(run, monkeypatch):
    first = run_id(composed_cell("target=pocket_pos", "backbone=tiny"), run)
    monkeypatch.setattr(xtl, "__version__", "9.9")
    assert run_id(composed_cell("target=pocket_pos", "backbone=tiny"), run) != first


@pytest.mark.parametrize("override", ["seed=2", "tracking.group=other"])
def test_another_cell_or_sweep_has_another_run_in_the_same_folder(override, run):
    cell = "target=pocket_pos", "backbone=tiny"
    assert run_id(composed_cell(*cell), run) != run_id(composed_cell(*cell, override), run)


def test_the_same_cell_in_two_folders_has_two_runs(root, run, tmp_path):
    (tmp_path / "other").mkdir()
    first, second = tiny_cell(root), replace(tiny_cell(root))
    assert run_fingerprint(first) == run_fingerprint(second)
    assert run_id(first, run) != run_id(second, tmp_path / "other")


def test_a_cell_keeps_its_run_though_another_one_was_tried_in_its_folder(run):
    cell = "target=pocket_pos", "backbone=tiny"
    first = run_id(composed_cell(*cell), run)
    run_id(composed_cell(*cell, "seed=2"), run)
    assert run_id(composed_cell(*cell), run) == first


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"runs": 1}'])
def test_a_record_that_is_gone_or_damaged_gives_a_new_run(content, root, run):
    first = run_id(tiny_cell(root), run)
    path = run / FILE_NAME
    path.unlink() if content is None else path.write_text(content)
    second = run_id(tiny_cell(root), run)
    assert second != first
    assert [*json.loads(path.read_text())["runs"].values()] == [second]
