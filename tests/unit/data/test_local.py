import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xtl.data.local import LocalSource
from xtl.data.source import LocalFiles
from xtl.errors import DataNotFoundError
from xtl.tasks.classification.reader import ClassificationReader
from xtl.tasks.retrieval.reader import RetrievalReader

FORMATS = (".conllu", ".tsv")


@pytest.fixture
def root(tmp_path):
    for name in (
        "udpos/de/test.conllu",
        "udpos/en/train.tsv",
        "udpos/en/test.tsv",
        "udpos/hi/notes.txt",
        "panx/de/x",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (tmp_path / "udpos" / ".cache").mkdir()
    (tmp_path / "udpos" / "README").write_text("x")
    return tmp_path


def test_languages_are_those_with_a_readable_file_of_the_split(root):
    source = LocalSource(root)
    assert source.languages("udpos", "test", FORMATS) == ["de", "en"]
    assert source.languages("udpos", "train", FORMATS) == ["en"]
    assert source.languages("udpos", "validation", FORMATS) == []
    assert source.languages("udpos", "test", (".tsv",)) == ["en"]


def test_path(root):
    assert LocalSource(root).path("udpos", "de", "test", FORMATS) == root / "udpos/de/test.conllu"


def test_a_missing_root(tmp_path):
    with pytest.raises(
        DataNotFoundError, match=r"data\.root=.*gone: expected a folder, found none; name the folder"
    ):
        LocalSource(tmp_path / "gone").languages("udpos", "test", FORMATS)


def test_a_missing_task_names_what_is_there(root):
    with pytest.raises(DataNotFoundError) as caught:
        LocalSource(root).path("udpo", "de", "test", FORMATS)
    assert f"{root / 'udpo'}: expected the folder of task 'udpo', found panx, udpos in {root}" in str(
        caught.value
    )
    assert "did you mean 'udpos'?" in str(caught.value)


def test_an_empty_root(tmp_path):
    with pytest.raises(DataNotFoundError, match="expected the folder of task 'udpos', found none"):
        LocalSource(tmp_path).languages("udpos", "test", FORMATS)


def test_a_missing_language_names_what_is_there(root):
    message = r"udpos/eng: expected .* language 'eng' of task 'udpos', found de, en, hi \(did you mean 'en'"
    with pytest.raises(DataNotFoundError, match=message):
        LocalSource(root).path("udpos", "eng", "test", FORMATS)


def test_a_missing_split_names_the_formats_and_what_is_there(root):
    with pytest.raises(DataNotFoundError) as caught:
        LocalSource(root).path("udpos", "en", "validation", FORMATS)
    assert "expected validation{.conllu,.tsv}, found test.tsv, train.tsv" in str(caught.value)
    assert "task 'udpos' has no split 'validation' in language 'en'" in str(caught.value)


def test_a_split_in_an_unknown_format_is_missing(root):
    with pytest.raises(DataNotFoundError, match=r"expected test\{\.conllu\}, found test\.tsv, train\.tsv"):
        LocalSource(root).path("udpos", "en", "test", (".conllu",))


def test_a_split_in_two_formats_is_refused(root):
    (root / "udpos/de/test.tsv").write_text("x")
    message = r"de: expected one file for split 'test', found test\.conllu, test\.tsv"
    with pytest.raises(DataNotFoundError, match=message):
        LocalSource(root).path("udpos", "de", "test", FORMATS)


def shards(root, *numbers, total=3, ending=".tsv"):
    for number in numbers:
        (root / "udpos/fr").mkdir(exist_ok=True)
        (root / f"udpos/fr/train-{number:05}-of-{total:05}{ending}").write_text("x")


def test_shards_are_found_in_their_order(root):
    shards(root, 2, 0, 1)
    source = LocalSource(root)
    assert source.languages("udpos", "train", FORMATS) == ["en", "fr"]
    names = [path.name for path in source.paths("udpos", "fr", "train", FORMATS)]
    assert names == [f"train-{number:05}-of-00003.tsv" for number in range(3)]


@pytest.mark.parametrize("numbers", [(0, 2), (1, 2), (0,)])
def test_a_missing_shard_is_an_error(root, numbers):
    shards(root, *numbers)
    with pytest.raises(
        DataNotFoundError, match=r"expected all of 3 shards, 00000 to 00002.*fetch what is missing"
    ):
        LocalSource(root).paths("udpos", "fr", "train", FORMATS)


def test_shards_beside_a_whole_file_or_of_two_sets_are_refused(root):
    shards(root, 0, 1, 2)
    (root / "udpos/fr/train.tsv").write_text("x")
    with pytest.raises(DataNotFoundError, match="nothing beside them"):
        LocalSource(root).paths("udpos", "fr", "train", FORMATS)
    (root / "udpos/fr/train.tsv").unlink()
    shards(root, 0, 1, total=2)
    with pytest.raises(DataNotFoundError, match="each once"):
        LocalSource(root).paths("udpos", "fr", "train", FORMATS)


def test_rows_of_shards_come_as_those_of_one_file(tmp_path):
    folder = tmp_path / "nli/de"
    folder.mkdir(parents=True)
    for shard in (1, 0):
        table = pa.table({"premise": [f"{shard} {row}" for row in range(2)], "label": ["yes", "no"]})
        pq.write_table(table, folder / f"train-0000{shard}-of-00002.parquet")
    reader = ClassificationReader(task="nli", labels=("no", "yes"), first="premise", second="", label="label")
    source = LocalFiles(files=LocalSource(tmp_path), reader=reader)
    examples = source.examples("de", "train")
    assert [(example.uid, example.first) for example in examples] == [
        ("nli/train/0", "0 0"), ("nli/train/1", "0 1"), ("nli/train/2", "1 0"), ("nli/train/3", "1 1"),
    ]  # fmt: skip
    assert source.unread() == {}


def test_what_nothing_reads_is_told_with_the_reason(tmp_path):
    for name in (
        "de/train.jsonl",
        "de/train.jsonl.gz",
        "de/test.xlsx",
        "de/dev.tsv",
        "de/README.md",
        "x.tsv",
        ".git/y.tsv",
    ):
        path = tmp_path / "nli" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    reader = ClassificationReader(task="nli", labels=("no", "yes"), first="premise", second="", label="label")
    unread = LocalFiles(files=LocalSource(tmp_path), reader=reader).unread()
    assert unread == {
        "expected <language>/<split>.<format>, split one of train, validation, test": ["de/dev.tsv", "x.tsv"],
        "expected test with one of the endings .tsv, .csv, .jsonl, .parquet": ["de/test.xlsx"],
        "expected train with one of the endings .tsv, .csv, .jsonl, .parquet": ["de/train.jsonl.gz"],
    }


def test_files_that_are_read_beside_others_are_not_unread(tmp_path):
    for name in ("validation.deu", "validation.eng", "test.gold"):
        path = tmp_path / "tatoeba/deu" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    source = LocalFiles(files=LocalSource(tmp_path), reader=RetrievalReader(task="tatoeba", pivot="eng"))
    assert list(source.unread().values()) == [["deu/test.gold"]]
