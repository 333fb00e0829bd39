"""Rows of one language, where a set holds several."""

import pytest

from tests.helpers.tasks import composed_task
from xtl.data.rows import kept
from xtl.errors import DataFormatError

MIXED = [
    ("f:1", {"language": "ar", "n": 1}),
    ("f:2", {"language": "de", "n": 2}),
    ("f:3", {"language": "DE", "n": 3}),
]
PLAIN = [("f:1", {"n": 1}), ("f:2", {"n": 2})]


@pytest.mark.parametrize(("records", "numbers"), [(MIXED, [2, 3]), (PLAIN, [1, 2]), ([], [])])
def test_a_column_that_may_be_missing_counts_where_it_is(records, numbers):
    rows = kept(records, {"language?": "{lang}"}, lang="de", origin="f")
    assert [values["n"] for _, values in rows] == numbers


def test_a_column_that_must_be_there():
    with pytest.raises(DataFormatError, match="language"):
        list(kept(PLAIN, {"language": "{lang}"}, lang="de", origin="f"))
    with pytest.raises(
        DataFormatError, match=r"f: expected rows with language\? like 'sw', got none among 3"
    ):
        list(kept(MIXED, {"language?": "{lang}"}, lang="sw", origin="f"))


def test_xnli_as_its_authors_have_it(tmp_path):
    header = "language\tgold_label\tsentence1_binary_parse\tsentence1\tsentence2\tpromptID"
    lines = [
        f"{lang}\tneutral\t( x )\tp {lang}\th {lang}\t{number}"
        for number in range(3)
        for lang in ("ar", "de", "en")
    ]
    for lang in ("de", "en"):
        folder = tmp_path / "xnli" / lang
        folder.mkdir(parents=True)
        (folder / "test.tsv").write_text("\n".join([header, *lines]) + "\n")
    (tmp_path / "xnli" / "fr").mkdir()
    (tmp_path / "xnli" / "fr" / "test.tsv").write_text("premise\thypothesis\tlabel\np fr\th fr\tneutral\n")
    source = composed_task("xnli", f"data.root={tmp_path}").source
    for lang, count in (("de", 3), ("en", 3), ("fr", 1)):
        assert {example.first for example in source.examples(lang, "test")} == {f"p {lang}"}
        assert len(source.examples(lang, "test")) == count
