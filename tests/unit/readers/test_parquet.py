import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xtl.errors import DataFormatError, DataNotFoundError
from xtl.readers import read_records, tagged_words

LABELS = ("O", "B-PER", "I-PER")
INTS = pa.list_(pa.int64())


@pytest.fixture
def file(tmp_path):
    def write(columns):
        path = tmp_path / "test.parquet"
        pq.write_table(pa.table(columns), path)
        return path

    return write


def read(path):
    return [tagged_words(record) for record in read_records(path)]


@pytest.mark.parametrize("words", ["tokens", "words"])
@pytest.mark.parametrize("tags", ["tags", "ner_tags", "pos_tags", "upos"])
def test_names_of_columns(file, words, tags):
    path = file({"id": ["7"], words: [["Anna", "lebt"]], tags: [["B-PER", "O"]]})
    assert read(path) == [(("Anna", "lebt"), ("B-PER", "O"))]


def with_meaning(columns, feature):
    """Note the meaning of the column of tags as the library ``datasets`` does."""
    features = {
        "tokens": {"feature": {"dtype": "string", "_type": "Value"}, "_type": "List"},
        "tags": feature,
    }
    noted = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    return pa.table(columns).replace_schema_metadata(noted)


CLASSES = {"names": list(LABELS), "_type": "ClassLabel"}


@pytest.mark.parametrize(
    "feature", [{"feature": CLASSES, "_type": "List"}, {"feature": CLASSES, "_type": "Sequence"}, [CLASSES]]
)
def test_numbers_are_what_the_file_says_they_are(tmp_path, feature):
    columns = {"tokens": [["Anna", "Bell", "lebt"], ["x"]], "tags": [[1, 2, 0], [0]]}
    pq.write_table(with_meaning(columns, feature), tmp_path / "test.parquet")
    found = read(tmp_path / "test.parquet")
    assert found == [(("Anna", "Bell", "lebt"), ("B-PER", "I-PER", "O")), (("x",), ("O",))]


def test_numbers_without_a_meaning_stay_numbers(file):
    assert read(file({"tokens": [["a", "b"]], "ner_tags": [[1, 0]]})) == [(("a", "b"), ("1", "0"))]


def test_a_number_without_a_class(tmp_path):
    path = tmp_path / "test.parquet"
    columns = {"tokens": [["a"], ["b"]], "tags": [[0], [3]]}
    pq.write_table(with_meaning(columns, {"feature": CLASSES, "_type": "List"}), path)
    message = r"test\.parquet: row 1: expected in 'tags' a number from 0 to 2 \(O B-PER I-PER\), got 3"
    with pytest.raises(DataFormatError, match=message):
        read(path)


@pytest.mark.parametrize(
    ("columns", "expected", "got", "hint"),
    [
        ({"token": [["a"]], "tags": [[0]]}, "tokens or words", "token, tags", r"did you mean 'token'\?"),
        (
            {"tokens": [["a"]], "labels": [[0]]},
            "tags or ner_tags or pos_tags or upos",
            "tokens, labels",
            "",
        ),
    ],
)
def test_a_missing_column(file, columns, expected, got, hint):
    with pytest.raises(
        DataFormatError, match=rf"row 0: expected a column named '{expected}', got {got}.*{hint}"
    ):
        read(file(columns))


def test_lengths_that_differ(file):
    path = file({"tokens": [["a"], ["b", "c"]], "tags": [[0], [0]]})
    with pytest.raises(DataFormatError, match=r"row 1: expected one tag a word, got 2 words and 1 tags"):
        read(path)


@pytest.mark.parametrize(
    ("words", "tags", "got"),
    [
        (None, [0], "0 words and 1 tags"),
        (["a"], None, "1 words and 0 tags"),
    ],
)
def test_null_rows(file, words, tags, got):
    path = file({"tokens": pa.array([words], pa.list_(pa.string())), "tags": pa.array([tags], INTS)})
    with pytest.raises(DataFormatError, match=f"row 0: expected one tag a word, got {got}"):
        read(path)


def test_no_rows(file):
    path = file({"tokens": pa.array([], pa.list_(pa.string())), "tags": pa.array([], INTS)})
    with pytest.raises(DataFormatError, match=r"test\.parquet: expected at least one row, got none"):
        read(path)


def test_a_truncated_file(file):
    path = file({"tokens": [["a"]] * 100, "tags": [[0]] * 100})
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(
        DataFormatError, match=r"test\.parquet: expected a parquet file, got something else or a part"
    ):
        read(path)


@pytest.mark.parametrize("data", [b"", b"a\tO\n"])
def test_a_file_of_another_format(tmp_path, data):
    path = tmp_path / "test.parquet"
    path.write_bytes(data)
    with pytest.raises(DataFormatError, match=r"test\.parquet: expected a parquet file"):
        read(path)


def test_a_missing_file(tmp_path):
    with pytest.raises(DataNotFoundError, match=r"gone\.parquet: expected a data file, found none"):
        read(tmp_path / "gone.parquet")


@pytest.mark.parametrize(
    ("tokens", "tags", "message"),
    [
        ([["a", None]], [["O", "O"]], "row 0: .*1 empty words and 0 empty tags"),
        ([["a", ""]], [["O", "O"]], "row 0: .*1 empty words and 0 empty tags"),
        ([["a", "b"]], [["O", None]], "row 0: .*0 empty words and 1 empty tags"),
        ([["a"]], [[1.5]], "column 'tags\\|ner_tags\\|pos_tags\\|upos': expected a list .*1.5"),
        ([["a"]], [3], "column 'tags\\|ner_tags\\|pos_tags\\|upos': expected a list .*3"),
        (["ab"], [["O", "O"]], "column 'tokens\\|words': expected a list .*'ab'"),
    ],
)
def test_columns_of_another_type_and_empty_places_are_refused(tmp_path, tokens, tags, message):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"tokens": tokens, "tags": tags}), path)
    with pytest.raises(DataFormatError, match=message):
        read(path)
