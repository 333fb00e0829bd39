"""``xtl-phases`` beside other processes, which store phases and remove them meanwhile."""

import os
import shutil
from pathlib import Path

import pytest

from xtl.cli import phases
from xtl.cli.phases import collect, phase_table
from xtl.store.store import INFO, PhaseStore


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store with an old phase, in a cache with old features and examples."""
    monkeypatch.setenv("XTL_CACHE", str(tmp_path))
    store = PhaseStore()
    for folder in (store.root / "1234", tmp_path / "features" / "old", tmp_path / "examples" / "old"):
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(b"weights")
    (store.root / "1234" / INFO).write_text("{}")
    for path in (store.root / "1234" / INFO, *tmp_path.glob("*/old")):
        os.utime(path, (0, 0))
    return store


def test_what_is_gone_when_it_is_looked_at_ends_neither_the_list_nor_the_removal(store, monkeypatch):
    removable = {store.root / "1234", phases.features_folder() / "old", phases.examples_folder() / "old"}
    assert removable <= set(would_go(store, monkeypatch))
    for path in removable:
        shutil.rmtree(path)
    monkeypatch.setattr(PhaseStore, "keys", lambda _: ["1234"])
    assert phase_table(store).row_count == 1
    monkeypatch.setattr(Path, "glob", lambda folder, _: iter([folder / "old"]))
    collect(store, older=1.0, dry_run=False)


@pytest.mark.parametrize("moment", ["before it is measured", "while it is measured", "while it is removed"])
def test_another_process_that_removes_the_same_is_no_error(store, monkeypatch, moment):
    (phases.features_folder() / "single").write_bytes(b"features")
    os.utime(phases.features_folder() / "single", (0, 0))

    measured = phases._bytes

    def measure(path):
        if moment == "before it is measured":
            remove(path)
        size = measured(path)
        if moment == "while it is removed":
            remove(path)
        return size

    monkeypatch.setattr(phases, "_bytes", measure)
    walk = os.walk

    def walk_together(folder):
        for step in walk(folder):
            if moment == "while it is measured":
                remove(Path(folder))
            yield step

    monkeypatch.setattr(os, "walk", walk_together)
    collect(store, older=1.0, dry_run=False)
    assert store.keys() == []
    assert not (phases.features_folder() / "single").exists()


def remove(path):
    """Remove a file or folder as another process does."""
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def would_go(store, monkeypatch):
    """What a removal names."""
    with monkeypatch.context() as patch:
        said = []
        patch.setattr(phases.logger, "info", lambda _, *values: said.append(values[-1]))
        collect(store, older=1.0, dry_run=True)
    return said
