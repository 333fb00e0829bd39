"""What every test of cells and commands may ask for: made-up files, and a finished cell on them."""

from pathlib import Path

import pytest

from tests.helpers.cells import tiny_cell
from tests.helpers.corpus import WORDS, write_split
from xtl.pipeline.cell import run_cell
from xtl.store.store import PhaseStore


@pytest.fixture(scope="session")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """English to train on, three languages to test on."""
    root = tmp_path_factory.mktemp("data")
    write_split(root, "en", "train", range(48))
    write_split(root, "en", "validation", range(48, 60))
    for lang in WORDS:
        write_split(root, lang, "test", range(60, 75))
    return root


@pytest.fixture(scope="session")
def all_langs_root(tmp_path_factory) -> Path:
    """All three languages to train on and to test on."""
    folder = tmp_path_factory.mktemp("all_langs")
    for lang in WORDS:
        write_split(folder, lang, "train", range(48))
        write_split(folder, lang, "validation", range(48, 56))
        write_split(folder, lang, "test", range(56, 64))
    return folder


@pytest.fixture
def own_root(tmp_path: Path) -> Path:
    """A copy of the data that a test may spoil."""
    root = tmp_path / "data"
    write_split(root, "en", "train", range(8))
    write_split(root, "en", "validation", range(8, 12))
    write_split(root, "de", "test", range(12, 16))
    return root


@pytest.fixture(scope="session")
def finished(data_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of one finished cell."""
    folder = tmp_path_factory.mktemp("run")
    run_cell(tiny_cell(data_root), folder, store=PhaseStore(tmp_path_factory.mktemp("phases")))
    return folder
