"""A small tagged data set of three made-up languages, and one finished cell on it."""

from pathlib import Path

import pytest

from tests.compose import compose_train
from xtl.config import finalize
from xtl.pipeline.cell import run_cell
from xtl.schemas.cell import TrainConfig
from xtl.store.store import PhaseStore

WORDS = {
    "en": {"NOUN": "dog cat house tree", "VERB": "sees eats runs", "DET": "the a", "PUNCT": ". !"},
    "de": {"NOUN": "Hund Katze Haus Baum", "VERB": "sieht isst rennt", "DET": "der die", "PUNCT": ". !"},
    "hi": {"NOUN": "कुत्ता बिल्ली घर पेड़", "VERB": "देखता खाता", "DET": "वह यह", "PUNCT": "। !"},
}
PATTERN = ("DET", "NOUN", "VERB", "DET", "NOUN", "PUNCT")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let no test find the phases of another one, nor the user's."""
    cache = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XTL_CACHE", str(cache))
    return cache


def sentence(lang: str, row: int) -> list[tuple[str, str]]:
    """Make row ``row``: the same pattern in every language, words that differ by row."""
    tagged = []
    for at, tag in enumerate(PATTERN[: 6 - row % 2 * 2]):
        choices = WORDS[lang][tag].split()
        tagged.append((choices[(row * 7 + at * 3) % len(choices)], tag))
    return tagged


def conllu(sentences: list[list[tuple[str, str]]]) -> str:
    """Write sentences as CoNLL-U."""
    blocks = [
        "".join(
            f"{at}\t{word}\t_\t{tag}\t_\t_\t{at - 1}\t_\t_\t_\n" for at, (word, tag) in enumerate(rows, 1)
        )
        for rows in sentences
    ]
    return "\n".join(blocks) + "\n"


def write_split(root: Path, lang: str, split: str, rows: range) -> Path:
    """Write one file of the task ``udpos``."""
    path = root / "udpos" / lang / f"{split}.conllu"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(conllu([sentence(lang, row) for row in rows]), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """English to train on, three languages to test on."""
    root = tmp_path_factory.mktemp("data")
    write_split(root, "en", "train", range(48))
    write_split(root, "en", "validation", range(48, 60))
    for lang in WORDS:
        write_split(root, lang, "test", range(60, 75))
    return root


@pytest.fixture
def own_root(tmp_path: Path) -> Path:
    """A copy of the data that a test may spoil."""
    root = tmp_path / "data"
    write_split(root, "en", "train", range(8))
    write_split(root, "en", "validation", range(8, 12))
    write_split(root, "de", "test", range(12, 16))
    return root


def tiny_cell(root: Path, *overrides: str) -> TrainConfig:
    """Compose a cell that trains in a second."""
    settings = (
        "backbone=tiny", f"data.root={root}", "trainer.accelerator=cpu", "trainer.precision=32-true",
        "trainer.compare_selections=false",
    )  # fmt: skip
    recipe = ("target.recipe.epochs=4", "target.recipe.batch_size=8", "target.recipe.lr=1e-2")
    return finalize(compose_train(*settings, *recipe, *overrides))


@pytest.fixture(scope="session")
def finished(data_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of one finished cell."""
    folder = tmp_path_factory.mktemp("run")
    run_cell(tiny_cell(data_root), folder, store=PhaseStore(tmp_path_factory.mktemp("phases")))
    return folder
