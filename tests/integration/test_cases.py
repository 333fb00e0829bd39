"""Files as they come: each is read right, or `xtl-data check` says what is wrong and ends with status 1."""

import json
import shutil
import unicodedata
from pathlib import Path

import pytest

from tests.helpers.cells import composed_cell
from tests.helpers.data_command import called
from xtl.tasks.build import build_task

CASES = Path(__file__).parents[1] / "cases"
NO_TRANSLATION = "'NS' instead of a text: its translation was not supplied"
MENDED = "answer mended: it stood near its place, or in another form"


def words(*sentences):
    """Words of sentences, as examples have them."""
    return [("words", tuple(sentence.split(" "))) for sentence in sentences]


READ = {
    "conll_space_separated.conll": ("panx/yo/test.conll", words("Ada Okoro lo si Kano .", "O de ."), []),
    "iob2_comment_with_tab.iob2": ("uner/de/test.iob2", words("Ada geht nach Ulm", "Sie singt"), []),
    "pairs_label_nan.parquet": (
        "xnli/de/train.parquet", [("label", "entailment")], ["left out of train: no label"]
    ),
    "panx_prefix_already_removed.tsv": (
        "panx/de/test.tsv", words("um 10:30 Uhr in Ulm", "siehe http://ulm.de"), []
    ),
    "pawsx_ns_and_empty.tsv": (
        "pawsx/de/train.tsv",
        [("label", "1")],
        [f"left out of train: {NO_TRANSLATION}", "left out of train: empty text"],
    ),
    "squad_decomposed_last_letter.json": (
        "xquad/vi/train.json",
        [("answers", unicodedata.normalize("NFD", text)) for text in ("Mỹ", "bún bò Huế")],
        [],
    ),
    "squad_flat_records_under_data.json": ("xquad/de/train.json", [("answers", "Ulm")], []),
    "squad_nbsp_in_context_space_in_answer.json": (
        "xquad/de/train.json", [("answers", "Vor 3\u00a0Tagen")], [MENDED]
    ),
    "squad_no_answer_marked_by_minus_one.json": (
        "squad2/en/train.json", [("answers", "Ulm"), ("answers", None)], []
    ),
    "fine/conllu_odd_but_valid_crlf_no_last_newline.conllu": ("udpos/de/test.conllu", 1, []),
    "fine/iob2_hashtag_words.iob2": ("uner/de/test.iob2", 2, []),
    "fine/iob2_words_of_invisible_characters.iob2": ("uner/de/test.iob2", 2, []),
    "fine/squad_utf16_offsets.json": ("xquad/de/train.json", [("answers", "Ulm")], [MENDED]),
}  # fmt: skip
"""Place of each file, what its rows hold, and what is told of it."""

FAULTY = ("pawsx_ns_and_empty.tsv",)
"""Files that are read, but have rows that must be put right."""

REFUSED = {
    "conllu_no_blank_between_sentences.conllu": (
        "udpos/de/test.conllu",
        "test.conllu:6: expected an id above 3",
    ),
    "pairs_half_surrogate.jsonl": (
        "xnli/de/train.jsonl",
        "train.jsonl:1: expected text, got half a character",
    ),
    "sts_stray_quotes_swallow_row.tsv": (
        "stsb/de/test.tsv",
        "test.tsv:2: expected a field in quotation marks",
    ),
    "fine/iob2_one_line_without_tag.iob2": ("uner/de/test.iob2", "test.iob2:4: expected 'word<TAB>tag'"),
    "fine/squad_answer_start_as_text.json": (
        "xquad/de/train.json",
        "expected a whole number named 'answer_start'",
    ),
    "fine/squad_no_answers_key_hidden_test.json": ("xquad/de/test.json", "list of objects named 'answers'"),
}
"""Place of each file, and part of what is said of it."""

ALIGNED = ("fine/tatoeba_blank_line_one_side", "fine/tatoeba_line_separator_inside")
"""Pairs of files that are lined up."""


def laid_out(root, case, place):
    """Put a case where its task looks for it; give the names of task, language and split."""
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(CASES / case, path)
    task, lang, name = place.split("/")
    return task, lang, name.split(".")[0]


def report_of(root, task, capsys, *, status):
    path = root.parent / "report.json"
    called(capsys, "check", task, "--root", root, "--json", path, status=status)
    (report,) = json.loads(path.read_text())["tasks"]
    (split,) = report["splits"]
    return split


def held(example, name):
    value = getattr(example, name)
    if name != "answers":
        return value
    if not value:
        return None
    (answer,) = value
    assert example.context[answer.start :].startswith(answer.text)
    return answer.text


def test_every_case_is_looked_at():
    inside = {str(path.relative_to(CASES)) for path in CASES.rglob("*") if path.is_file()} - {"README.md"}
    assert inside == {*READ, *REFUSED, *(f"{stem}.{lang}" for stem in ALIGNED for lang in ("deu", "eng"))}


@pytest.mark.parametrize("case", READ)
def test_a_case_is_read_right(case, tmp_path, capsys):
    place, expected, reasons = READ[case]
    root = tmp_path / "data"
    task, lang, split = laid_out(root, case, place)
    report = report_of(root, task, capsys, status=1 if case in FAULTY else 0)
    assert not report["error"]
    assert [problem["reason"] for problem in report["problems"]] == reasons
    settings = composed_cell(f"target={task}", f"data.root={root}", f"target.lang={lang}")
    examples = build_task(settings.target, settings.data).source.examples(lang, split)
    assert report["rows"] == len(examples)
    if isinstance(expected, int):
        assert len(examples) == expected
    else:
        assert [
            (name, held(example, name)) for example, (name, _) in zip(examples, expected, strict=True)
        ] == (expected)


@pytest.mark.parametrize("case", REFUSED)
def test_a_case_that_cannot_be_read_is_told(case, tmp_path, capsys):
    place, message = REFUSED[case]
    root = tmp_path / "data"
    task, *_ = laid_out(root, case, place)
    report = report_of(root, task, capsys, status=1)
    assert message in report["error"]
    assert report["rows"] == 0


def aligned(stem, root):
    """Put both sides of a pair of files where they belong."""
    for lang in ("deu", "eng"):
        laid_out(root, f"{stem}.{lang}", f"tatoeba/deu/test.{lang}")


def test_a_line_separator_ends_no_line(tmp_path, capsys):
    root = tmp_path / "data"
    aligned("fine/tatoeba_line_separator_inside", root)
    report = report_of(root, "tatoeba", capsys, status=0)
    settings = composed_cell("target=tatoeba", f"data.root={root}")
    examples = build_task(settings.target, settings.data).source.examples("deu", "test")
    assert report["rows"] == len(examples) == 2
    assert (examples[-1].text, examples[-1].translation) == ("Cem liest.", "Cem reads.")


def test_a_blank_line_on_one_side_is_told(tmp_path, capsys):
    root = tmp_path / "data"
    aligned("fine/tatoeba_blank_line_one_side", root)
    report = report_of(root, "tatoeba", capsys, status=1)
    assert "test.deu:2: expected a sentence, got a blank line" in report["error"]
