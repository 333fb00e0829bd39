"""Aligned files and mined corpora."""

import pytest

from xtl.data.local import LocalSource
from xtl.data.rows import read_file
from xtl.data.source import LocalFiles
from xtl.errors import DataFormatError, DataNotFoundError
from xtl.tasks.bitext_mining.reader import BitextMiningReader
from xtl.tasks.retrieval.reader import RetrievalReader

PARALLEL = RetrievalReader(task="tatoeba", pivot="eng")
MINING = BitextMiningReader(task="bucc", pivot="en")


def write(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for ending, text in files.items():
        (folder / f"validation.{ending}").write_text(text, encoding="utf-8")
    return folder


def test_line_n_is_the_translation_of_line_n(tmp_path):
    write(tmp_path / "tatoeba" / "deu", deu="Ein Hund.\nZwei\u2028Katzen.\n", eng="A dog.\nTwo cats.")
    source = LocalFiles(LocalSource(tmp_path), PARALLEL)
    assert source.languages("validation") == ["deu"]
    rows = source.examples("deu", "validation")
    assert [(row.uid, row.text, row.translation) for row in rows] == [
        ("tatoeba/validation/0", "Ein Hund.", "A dog."),
        ("tatoeba/validation/1", "Zwei\u2028Katzen.", "Two cats."),
    ]


def test_two_columns_in_one_file(tmp_path):
    write(tmp_path / "tatoeba" / "deu", tsv="source_sentence\ttarget_sentence\nEin Hund.\tA dog.\n")
    (row,) = LocalFiles(LocalSource(tmp_path), PARALLEL).examples("deu", "validation")
    assert (row.text, row.translation) == ("Ein Hund.", "A dog.")


@pytest.mark.parametrize(
    ("first", "second", "error", "message"),
    [
        (
            "a\nb\n",
            "x\n",
            DataFormatError,
            r"validation\.deu: expected as many lines as in validation\.eng \(1\), got 2",
        ),
        (
            "a\n\nb\n",
            "x\ny\nz\n",
            DataFormatError,
            r"deu:2: expected a sentence, got a blank line",
        ),
        ("a\nb\n", "x\n \n", DataFormatError, r"eng:2: expected a sentence, got a blank line"),
        ("a\n", None, DataNotFoundError, r"validation\.eng"),
        ("", "x\n", DataFormatError, r"validation\.deu.*empty"),
    ],
)
def test_files_that_are_not_aligned(tmp_path, first, second, error, message):
    files = {"deu": first} | ({} if second is None else {"eng": second})
    folder = write(tmp_path, **files)
    with pytest.raises(error, match=message):
        read_file(PARALLEL, folder / "validation.deu", lang="deu", split="validation")


def test_two_corpora_and_their_pairs(tmp_path):
    folder = write(tmp_path, de="d1\tEin Hund.\nd2\tZwei.\n", en="e1\tA dog.\n", gold="d1\te1\n")
    (example,) = read_file(MINING, folder / "validation.de", lang="de", split="validation")
    assert example.text_of_id == {"d1": "Ein Hund.", "d2": "Zwei."}
    assert example.translation_of_id == {"e1": "A dog."}
    assert example.gold == {("d1", "e1")}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"de": "d1\ta\nd1\tb\n"}, r"validation\.de:2: expected each id once, got 'd1' again"),
        ({"de": "d1 a\n"}, r"validation\.de:1: expected 'id<TAB>sentence', got 'd1 a'"),
        ({"gold": "d1\te9\n"}, r"validation\.gold:1: expected ids of sentences, got 'e9'"),
    ],
)
def test_broken_corpora(tmp_path, files, message):
    folder = write(tmp_path, **({"de": "d1\ta\n", "en": "e1\tx\n", "gold": "d1\te1\n"} | files))
    with pytest.raises(DataFormatError, match=message):
        read_file(MINING, folder / "validation.de", lang="de", split="validation")
