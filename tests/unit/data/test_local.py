import pytest

from xtl.data.local import LocalSource
from xtl.errors import DataNotFoundError

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
