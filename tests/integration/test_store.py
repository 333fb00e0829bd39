"""The store of finished phases: damage that is found, entries that are shown and removed."""

import json
import shutil
from pathlib import Path

import pytest

from tests.helpers.cells import evaluation, tiny_cell
from tests.helpers.runs import phase_summaries, scores
from xtl.caching.example_files import examples_folder
from xtl.caching.feature_files import features_folder
from xtl.cli import phases as phases_command
from xtl.evaluation.rescore import evaluate_run
from xtl.pipeline.cell import run_cell
from xtl.store.store import PhaseStore


def truncate(entry: Path) -> None:
    path = entry / "encoder.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def flip_a_bit(entry: Path) -> None:
    path = entry / "head.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def lose_a_file(entry: Path) -> None:
    (entry / "head.safetensors").unlink()


def break_the_json(entry: Path) -> None:
    (entry / "phase.json").write_text("{")


def change_the_json(entry: Path) -> None:
    path = entry / "phase.json"
    path.write_text(path.read_text().replace('"seed": 1', '"seed": 2'))


@pytest.fixture(scope="module")
def trained(all_langs_root, tmp_path_factory):
    """A cell, what it scored, and the store that it left."""
    cell = tiny_cell(all_langs_root, "target.recipe.epochs=1", "target.langs=[de]")
    store = PhaseStore(tmp_path_factory.mktemp("phases"))
    return cell, run_cell(cell, tmp_path_factory.mktemp("run"), store=store), store.root


@pytest.fixture
def store(trained, own_cache) -> PhaseStore:
    """A copy of that store, in the cache of the test."""
    *_, root = trained
    shutil.copytree(root, own_cache / "phases")
    assert PhaseStore().root == own_cache / "phases"
    return PhaseStore()


@pytest.mark.parametrize("damage", [truncate, flip_a_bit, lose_a_file, break_the_json, change_the_json])
def test_a_damaged_entry_is_set_aside_and_trained_again(trained, store, tmp_path, damage, capsys):
    cell, first, _ = trained
    (key,) = store.keys()
    damage(store.root / key)
    again = run_cell(cell, tmp_path)
    assert not phase_summaries(tmp_path)[0]["reused"]
    assert scores(again) == scores(first)
    assert "it will be trained again" in capsys.readouterr().err
    assert (store.root / f"{key}.damaged-1").is_dir()
    assert store.keys() == [key]
    assert store.find(key) is not None


def test_a_run_without_its_own_encoder_is_scored_from_the_store(all_langs_root, tmp_path):
    cell = tiny_cell(all_langs_root, "trainer.save_encoder=false", "target.recipe.epochs=1")
    found = run_cell(cell, tmp_path / "run")
    assert not (tmp_path / "run" / "encoder").exists()
    assert evaluate_run(evaluation(tmp_path / "run"), tmp_path / "again") == found


def test_the_store_is_listed_shown_and_cleared(store, capsys):
    (key,) = store.keys()
    phases_command.main(["list"])
    printed = capsys.readouterr().out
    assert key in printed
    (row,) = (line.split() for line in printed.splitlines() if key in line)
    assert row[1:3] == ["target", "udpos"]
    phases_command.main(["show", key])
    assert json.loads(capsys.readouterr().out)["summary"]["rows"] == 48
    shutil.copytree(store.root / key, store.root / f"{key}.damaged-1")
    (store.root / "unfinished" / "0123").mkdir(parents=True)
    (store.root / "unfinished" / "4567").mkdir()
    with store.lock("4567"):
        phases_command.main(["gc", "--dry-run"])
        assert (store.root / f"{key}.damaged-1").is_dir()
        phases_command.main(["gc"])
    assert not (store.root / f"{key}.damaged-1").exists()
    assert not (store.root / "unfinished" / "0123").exists()
    assert (store.root / "unfinished" / "4567").exists()  # a process is at it
    assert store.keys() == [key]
    cached = [folder() / "cached.arrow" for folder in (examples_folder, features_folder)]
    for path in cached:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    phases_command.main(["gc", "--older", "1"])
    assert all(path.exists() for path in cached)
    phases_command.main(["gc", "--older", "0"])
    assert store.keys() == []
    assert not any(path.exists() for path in cached)
    damaged = store.root / ("0" * 16)
    damaged.mkdir()
    (damaged / "phase.json").write_text("{}")
    with pytest.raises(SystemExit):
        phases_command.main(["show", damaged.name])
    assert "phase.json cannot be read (KeyError); xtl-phases gc removes it" in capsys.readouterr().err
    (store.root / ("1" * 16)).mkdir()  # weights without a description
    phases_command.main(["gc", "--older", "0"])
    assert not damaged.exists()
    assert not (store.root / ("1" * 16)).exists()
    for days in ("-1", "nan", "inf"):
        with pytest.raises(SystemExit):
            phases_command.main(["gc", "--older", days])
        assert f"expected a number of days from 0, got {days}" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        phases_command.main(["--root", str(store.root / "nowhere"), "list"])
    assert "expected the folder of a phase store, found none" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        phases_command.main(["show", key])
    assert "expected a finished phase, found none" in capsys.readouterr().err


def test_what_cannot_be_removed_keeps_nothing_else(monkeypatch, tmp_path, capsys):
    store = PhaseStore(tmp_path)
    for name in ("0", "1", "2"):
        (store.root / f"{name * 16}.damaged-1").mkdir(parents=True)
    remove = shutil.rmtree

    def of_another_user(path, *arguments, **options):
        if "1111" in str(path):
            raise PermissionError(13, "Permission denied")
        remove(path, *arguments, **options)

    monkeypatch.setattr(shutil, "rmtree", of_another_user)
    with pytest.raises(SystemExit) as ended:
        phases_command.main(["--root", str(tmp_path), "gc"])
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert "2 removed" in told
    assert "1 of 3 could not be removed" in told
    assert [path.name[:4] for path in tmp_path.glob("*.damaged-1")] == ["1111"]
