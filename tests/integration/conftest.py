"""What every test of cells and commands may ask for: made-up files, and a finished cell on them."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.helpers.cells import SMALL, composed_cell, tiny_cell
from tests.helpers.corpus import WORDS, write_split
from tests.helpers.raw_text import AS_EVALUATED
from xtl.cli import predict
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


@pytest.fixture(scope="session")
def run_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The run folder of a tiny cell of a task of pocket, scored in German; trained once."""
    runs: dict[str, Path] = {}
    store = PhaseStore(tmp_path_factory.mktemp("phases"))

    def run(task: str) -> Path:
        if task not in runs:
            training = () if "retrieval" in task or "mining" in task else ("target.recipe.epochs=1",)
            if task in ("pocket_qa", "pocket_choice"):  # long contexts of single characters
                training += ("data.sizes.train=8", "data.sizes.validation=4")
            config = composed_cell(
                f"target={task}", "backbone=tiny", *SMALL, *training, "target.langs=[de]",
                "trainer.accelerator=cpu",
            )  # fmt: skip
            runs[task] = tmp_path_factory.mktemp(task)
            run_cell(config, runs[task], store=store)
        return runs[task]

    return run


@pytest.fixture
def predicted(monkeypatch, capsysbinary):
    """Call the command with text on standard input; give the records on standard output."""

    def call(run: Path, text: str | bytes, *arguments: str) -> list[dict]:
        data = text.encode() if isinstance(text, str) else text
        stdin = SimpleNamespace(buffer=io.BytesIO(data), isatty=lambda: False)
        monkeypatch.setattr("sys.stdin", stdin)
        predict.main([f"run={run}", *AS_EVALUATED, *arguments])
        return [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]

    return call


@pytest.fixture
def empty_hub(monkeypatch, tmp_path):
    """A cache of the hub with nothing in it, and a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
