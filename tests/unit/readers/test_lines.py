import pytest

from xtl.errors import DataFormatError, DataNotFoundError
from xtl.readers.lines import blocks, line_end, numbered_lines, streamed_lines


@pytest.fixture
def file(tmp_path):
    def write(data):
        path = tmp_path / "some.tsv"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    return write


def test_lines_end_at_lf_and_crlf_alike(file):
    assert list(numbered_lines(file("a\tX\r\nb\tY\n"))) == [(1, "a\tX"), (2, "b\tY"), (3, "")]


def test_a_byte_order_mark_is_dropped_and_only_at_the_start(file):
    lines = list(numbered_lines(file("\ufeffa\n\ufeffb")))
    assert lines == [(1, "a"), (2, "\ufeffb")]


@pytest.mark.parametrize("inside", ["\f", "\v", "\x1c", "\x85", "\u2028", "\u2029", "\u00a0", "\u3000"])
def test_what_python_calls_a_line_end_or_space_stays_inside_a_word(file, inside):
    word = f"a{inside}b"
    assert list(blocks(file(f"{word}\tX\n{word}\tY\n"))) == [[(1, [word, "X"]), (2, [word, "Y"])]]


@pytest.mark.parametrize("between", ["\n", "\n\n\n\n", "\n \n", "\n\t\t\n", "\n \t \n\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_run_of_blank_lines_is_one_border(file, between, end):
    path = file(f"\n\na\tX\n{between}b\tY".replace("\n", end))
    sentences = list(blocks(path))
    assert [[columns for _, columns in rows] for rows in sentences] == [[["a", "X"]], [["b", "Y"]]]


def test_line_numbers_count_blank_lines_and_comments(file):
    path = file("# c\na\tX\n\n\n# c\nb\tY\n")
    assert [rows[0][0] for rows in blocks(path, lambda line: line.startswith("#") and "\t" not in line)] == [
        2,
        6,
    ]


def test_a_comment_mark_with_a_tab_behind_it_is_a_word(file):
    assert list(blocks(file("#\tSYM\n"), lambda line: line.startswith("#") and "\t" not in line)) == [
        [(1, ["#", "SYM"])]
    ]


def test_without_a_comment_mark_every_line_is_a_row(file):
    assert list(blocks(file("# c\n"))) == [[(1, ["# c"])]]


def test_not_utf8_names_line_byte_and_position(file):
    path = file(b"gut\tADJ\nfr\xfch\tADV\n")  # Latin-1
    with pytest.raises(DataFormatError, match=r"some\.tsv:2: expected UTF-8, got byte 0xfc at position 3 "):
        list(numbered_lines(path))


@pytest.mark.parametrize("data", ["", "\n", " \r\n\t\n"])
def test_an_empty_file_is_refused(file, data):
    with pytest.raises(
        DataFormatError, match=r"some\.tsv: expected at least one sentence, got an empty file"
    ):
        list(numbered_lines(file(data)))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(DataNotFoundError, match=r"gone\.tsv: expected a data file, found none"):
        list(numbered_lines(tmp_path / "gone.tsv"))


@pytest.mark.parametrize(
    "data", [b"a\nb\n", b"a\nb", b"\n\na\n\n", b"a\r\nb\r\n", b"a\rb\r", b"\xef\xbb\xbf\n\na", b"\r\n\r\na"]
)
def test_lines_are_those_of_the_whole_file_cut_at_once(file, data):
    path = file(data)
    whole = data.removeprefix(b"\xef\xbb\xbf").split(line_end(data))
    lines = [line.decode().removesuffix("\r") for line in whole]
    assert list(numbered_lines(path)) == list(enumerate(lines, 1))
    with path.open("rb") as stream:
        streamed = list(streamed_lines(stream, "stdin"))
    # A stream has no line behind its last end.
    expected = lines[:-1] if whole[-1:] == [b""] else lines
    assert streamed == [(f"stdin:{number}", line) for number, line in enumerate(expected, 1)]
