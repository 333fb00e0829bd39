import pytest

from xtl.errors import DataFormatError
from xtl.readers import read_columns

IOB2 = "# sent_id = 1\n1\tAnna\tB-PER\t-\t-\n2\tlebt\tO\t-\t-\n\n1\thier\tO\t-\t-\n"


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "test.tsv"
        path.write_bytes(text.encode())
        return path

    return write


def test_index_word_tag(file):
    assert list(read_columns(file(IOB2))) == [(("Anna", "lebt"), ("B-PER", "O")), (("hier",), ("O",))]


def test_word_tag(file):
    path = file("Anna\tB-PER\nlebt\tO\n\nhier\tO\n")
    assert list(read_columns(path)) == [(("Anna", "lebt"), ("B-PER", "O")), (("hier",), ("O",))]


def test_more_columns_behind_the_tag_are_not_read(file):
    assert list(read_columns(file("Anna\tB-PER\tx\ty\n"))) == [(("Anna",), ("B-PER",))]


def test_words_that_are_numbers_are_no_index(file):
    # 1 and 2 count from 1, but no third column follows: they are the words.
    assert list(read_columns(file("1\tNUM\n2\tNUM\n"))) == [(("1", "2"), ("NUM", "NUM"))]
    assert list(read_columns(file("7\tNUM\tx\n2\tNUM\tx\n"))) == [(("7", "2"), ("NUM", "NUM"))]


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        ("de:Haus", "Haus"), ("de:12:30", "12:30"), ("de::", ":"), ("Haus", "Haus"),
        # A file whose prefixes were cut before: what stands before a colon is the word's own.
        ("10:30", "10:30"), ("http://ulm.de", "http://ulm.de"), (":", ":"), ("en:Haus", "en:Haus"),
    ],
)  # fmt: skip
def test_the_prefix_of_the_language_alone_is_cut_and_on_request_only(file, raw, word):
    path = file(f"{raw}\tO\n")
    assert list(read_columns(path, prefix="de:")) == [((word,), ("O",))]
    assert list(read_columns(path)) == [((raw,), ("O",))]


def test_comments_are_left_out_and_a_hash_is_a_word(file):
    path = file("# newdoc\n#\tSYM\n# text\n1\tNUM\n")
    assert list(read_columns(path)) == [(("#", "1"), ("SYM", "NUM"))]


@pytest.mark.parametrize(
    ("text", "line", "layout", "got"),
    [
        ("a\tO\nohne\n", 2, "word<TAB>tag", r"1 column\(s\): 'ohne'"),
        ("a O\n", 1, "word<TAB>tag", r"1 column\(s\): 'a O'"),
        ("1\ta\tO\n\n1\tb\n", 3, "index<TAB>word<TAB>tag", r"2 column\(s\): '1<tab>b'"),
    ],
)
def test_a_missing_column(file, text, line, layout, got):
    with pytest.raises(
        DataFormatError, match=rf"test\.tsv:{line}: expected '{layout}', got {got}; every word"
    ):
        list(read_columns(file(text)))


@pytest.mark.parametrize(
    ("text", "line", "missing"),
    [("a\tO\nb\t\n", 2, "tag"), ("\tO\n", 1, "word"), ("1\ta\tO\n2\tb\t\n", 2, "tag")],
)
def test_an_empty_column(file, text, line, missing):
    with pytest.raises(DataFormatError, match=rf"test\.tsv:{line}: expected '.*', got an empty {missing}"):
        list(read_columns(file(text)))


def test_comments_alone_are_no_file(file):
    with pytest.raises(
        DataFormatError, match=r"test\.tsv: expected at least one sentence, got comments and blank"
    ):
        list(read_columns(file("# a\n\n# b\n")))


def test_a_prefix_without_a_word_is_refused(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("de:Haus\tO\nde:\tO\n")
    with pytest.raises(DataFormatError, match=r"a\.tsv:2: .*got an empty word"):
        list(read_columns(path, prefix="de:"))
