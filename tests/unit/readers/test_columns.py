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


def test_an_index_may_begin_with_0(file):
    assert list(read_columns(file("0\tAnna\tB-PER\n1\tlebt\tO\n"))) == [(("Anna", "lebt"), ("B-PER", "O"))]


def test_a_first_sentence_of_the_one_word_1_makes_no_index(file):
    text = "1\tCD\tO\n\nJohn\tNNP\tB-PER\nruns\tVB\tO\n"
    assert list(read_columns(file(text))) == [(("1",), ("O",)), (("John", "runs"), ("B-PER", "O"))]
    indexed = "1\tHalt\tO\n\n1\tJohn\tB-PER\n2\truns\tO\n"
    assert [words for words, _ in read_columns(file(indexed))] == [("Halt",), ("John", "runs")]


INDEXED = "\n1\tAda\tB-PER\n2\tgeht\tO\n\n1\tUlm\tB-LOC\n2\tist\tO\n3\tda\tO\n"


@pytest.mark.parametrize(
    ("text", "line", "got"),
    [
        ("1\tAda\tB-PER\n2-3\tzum\tO\n2\tzu\tO\n3\tdem\tO\n", 2, "expected .* whole number as the index"),
        ("1\tAda\tB-PER\n1.1\tgeht\tO\n2\tx\tO\n", 2, "expected .* whole number as the index"),
        # Without the blank line between them.
        (
            "1\tAda\tB-PER\n2\tgeht\tO\n1\tUlm\tB-LOC\n",
            3,
            "expected an index above 2 in this sentence, got 1",
        ),
        (
            "1\tAda\tB-PER\n# sent_id = 2\n1\tUlm\tB-LOC\n",
            3,
            "expected an index above 1 in this sentence, got 1",
        ),
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_an_index_that_does_not_count_is_refused_wherever_it_stands(file, text, line, got, is_first):
    whole = text + INDEXED if is_first else INDEXED.lstrip() + "\n" + text
    line = line if is_first else line + INDEXED.count("\n")
    with pytest.raises(DataFormatError, match=rf"test\.tsv:{line}: {got}"):
        list(read_columns(file(whole)))


@pytest.mark.parametrize("text", ["1\tAda\tB-PER\n2\tgeht\tO\n4\t.\tO\n", "3\tAda\tB-PER\n4\tgeht\tO\n"])
def test_an_index_may_leave_words_out(file, text):
    read = list(read_columns(file(text + INDEXED)))
    assert read[0][0][:2] == ("Ada", "geht")
    assert read[0][1][:2] == ("B-PER", "O")
    assert read[1:] == [(("Ada", "geht"), ("B-PER", "O")), (("Ulm", "ist", "da"), ("B-LOC", "O", "O"))]


def test_an_index_may_count_through_the_file(file):
    text = "1\tA\tO\n2\tB\tO\n\n3\tC\tO\n4\tD\tO\n\n5\tE\tO\n"
    assert [words for words, _ in read_columns(file(text))] == [("A", "B"), ("C", "D"), ("E",)]


def test_a_hashtag_without_a_tag_is_refused_and_a_comment_is_not(file):
    with pytest.raises(
        DataFormatError, match=r"test\.tsv:2: expected 'word<TAB>tag', got a line without a tag"
    ):
        list(read_columns(file("Ada\tB-PER\n#ulm\nist\tO\n")))
    for comment in ("# ulm", "#", "## ulm"):
        assert list(read_columns(file(f"Ada\tB-PER\n{comment}\nist\tO\n#end\n"))) == [
            (("Ada", "ist"), ("B-PER", "O"))
        ]


def test_a_prefix_that_few_words_have_is_their_own(file):
    text = "um\tO\nde:\tO\nUlm\tB-LOC\n\nde:Ulm\tO\n\nhier\tO\n"
    assert [words for words, _ in read_columns(file(text), prefix="de:")] == [
        ("um", "de:", "Ulm"), ("de:Ulm",), ("hier",),
    ]  # fmt: skip


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
        ("a O\nohne\n", 2, "word tag", r"1 column\(s\): 'ohne'"),
        ("a X O\nb O\n", 2, "word ... tag", r"2 column\(s\): 'b O'"),
        # One tab makes it a file of tabs, so that a space is a character of its word.
        ("a O\nb\tO\n", 1, "word<TAB>tag", r"1 column\(s\): 'a O'"),
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


CONLL_2003 = (
    "-DOCSTART- -X- -X- O\n\nAda NNP B-NP B-PER\n# # I-NP O\n\nlo NN B-NP O\n-DOCSTART- -X- O O\nsi X X O\n"
)


@pytest.mark.parametrize("separator", [" ", "\t"])
def test_conll_2003_has_its_tags_in_the_last_column_and_parts_documents(file, separator):
    path = file(CONLL_2003.replace(" ", separator))
    assert list(read_columns(path)) == [
        (("Ada", "#"), ("B-PER", "O")), (("lo",), ("O",)), (("si",), ("O",)),
    ]  # fmt: skip


def test_single_spaces_part_the_columns_of_a_file_without_a_tab(file):
    path = file("Ada B-PER\n\u00a0 O\n# O\n\n10:30 O\n")
    assert list(read_columns(path)) == [(("Ada", "\u00a0", "#"), ("B-PER", "O", "O")), (("10:30",), ("O",))]


def test_an_index_may_stand_before_spaces(file):
    path = file("# text = Ada lo\n1 Ada B-PER -\n2 lo O -\n")
    assert list(read_columns(path)) == [(("Ada", "lo"), ("B-PER", "O"))]


@pytest.mark.parametrize(
    ("text", "line"), [("a X O\nb X O O\n", 2), ("a\tO\nb\tO\tx\n", 2), ("a O\nb  O\n", 2)]
)
def test_a_line_with_other_columns_than_the_first_is_refused(file, text, line):
    with pytest.raises(DataFormatError, match=rf"test\.tsv:{line}: expected [23] columns between"):
        list(read_columns(file(text)))


def test_a_comment_may_hold_a_tab_where_lines_begin_with_an_index(file):
    path = file("#\thttp://example.org/x [2010-01-01]\n1\tAda\tB-PER\tO\n2\t#\tO\tO\n\n#\ty\n1\tlo\tO\tO\n")
    assert list(read_columns(path)) == [(("Ada", "#"), ("B-PER", "O")), (("lo",), ("O",))]


def test_a_comment_with_a_tab_is_told_from_a_hash_by_its_columns(file):
    path = file("#\thttp://example.org/x\nAda\tNNP\tB-PER\n#\tSYM\tO\n#ulm\tX\tO\n")
    assert list(read_columns(path)) == [(("Ada", "#", "#ulm"), ("B-PER", "O", "O"))]
