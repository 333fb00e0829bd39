"""Data with faults, from files to results: mended or left out, counted, told; ``n`` is what was scored."""

import json
import unicodedata
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.helpers.cells import composed_cell, evaluation
from xtl import results
from xtl.errors import DataFormatError
from xtl.evaluation.rescore import evaluate_run
from xtl.pipeline.cell import run_cell

FIXED = (
    "backbone=tiny", "data=local", "trainer.accelerator=cpu", "trainer.precision=32-true",
    "target.recipe.epochs=0", "target.langs=null",
)  # fmt: skip


def write(path: Path, rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def scored(tmp_path: Path, capsys, *overrides: str):
    """Run a cell that trains nothing; give the one result of its first metric, and what was told."""
    found = run_cell(composed_cell(*FIXED, f"data.root={tmp_path}", *overrides), tmp_path / "run")
    return found[0], " ".join(capsys.readouterr().err.split())


def nli(label):
    return {"premise": "Ein Hund.", "hypothesis": "Ein Tier.", "label": label}


def copa(**changed):
    row = {
        "premise": "Es war laut.",
        "question": "cause",
        "choice1": "Er ging.",
        "choice2": "Er kam.",
        "label": 0,
    }
    return row | changed


def asked(context, question, *answers):
    starts = [context.find(answer) for answer in answers]
    return {"context": context, "question": question, "answers": {"text": answers, "answer_start": starts}}


def test_missing_labels_are_left_out_and_told(tmp_path, capsys):
    write(
        tmp_path / "xnli/de/test.jsonl", [nli(0), nli("entailment"), nli("2"), nli(-1), nli(None), nli("-")]
    )
    result, said = scored(tmp_path, capsys, "target=xnli")
    assert result.n == 3
    assert "xnli: 3 examples: left out of test: no label (de:xnli/test/3, de:xnli/test/4," in said


def test_a_single_option_is_left_out_and_told(tmp_path, capsys):
    options = "target.columns.options=options"
    rows = [copa(options=["a", "b"]), copa(options=["a"]), copa(options=[]), copa(options=["a", "b", "c"])]
    write(tmp_path / "xcopa/et/test.jsonl", rows)
    result, said = scored(tmp_path, capsys, "target=xcopa", options)
    assert result.n == 2
    assert "2 examples: left out of test: fewer than two options (et:xcopa/test/1, et:xcopa/test/2)" in said


def test_scored_questions_stay_whatever_their_answers(tmp_path, capsys):
    rows = [
        asked("Der Hund bellt.", "Wer?", "Der Hund"),
        asked(
            "Der Hund bellt.", "Wer?", "Die Katze"
        ),  # not in its context: nobody can find it, all are scored
        asked("", "Wer?", "Der Hund"),
        asked("Der Hund bellt.", "", "Der Hund"),
        asked("", ""),  # no answer given: nothing to score
    ]
    write(tmp_path / "xquad/de/validation.jsonl", rows)
    result, said = scored(tmp_path, capsys, "target=xquad")
    assert result.n == 4
    assert "1 example: left out of validation: no answer given (de:xquad/validation/4)" in said
    missing = "kept in validation, but no span is right: answer not in its context"
    assert f"2 examples: {missing} (de:xquad/validation/1, de:xquad/validation/2)" in said
    table = pq.read_table(tmp_path / "run/predictions/xquad/de.validation.parquet").to_pylist()
    assert [row["uid"] for row in table] == [f"xquad/validation/{row}" for row in range(4)]
    assert table[2]["predicted"] == ""


def test_answers_to_learn_are_mended_or_left_out(tmp_path, capsys):
    context = "Das Café bellt, und der Hund auch."
    rows = [
        asked(context, "Wer?", "Hund"),
        asked(context, "Wer?", "Katze"),
        asked(context, "Wer?", unicodedata.normalize("NFD", "Café")),
        asked(context, "Wer?", " "),
    ]
    rows[0]["answers"]["answer_start"] = [rows[0]["answers"]["answer_start"][0] + 3]
    rows[2]["answers"]["answer_start"] = [4]
    write(tmp_path / "xquad/en/train.jsonl", rows)
    for lang in ("en", "de"):
        write(tmp_path / f"xquad/{lang}/validation.jsonl", rows[:1])
    trained = (
        "target.langs=[de]",
        "target.recipe.epochs=1",
        "target.recipe.selection=last",
        "target.recipe.patience=0",
    )
    result, said = scored(tmp_path, capsys, "target=xquad", *trained)
    assert (result.run.target.rows, result.n) == (2, 1)
    assert "1 example: left out of train: answer not in its context (en:xquad/train/1)" in said
    assert "1 example: left out of train: no answer given (en:xquad/train/3)" in said
    assert "2 examples: answer mended" in said
    (phase,) = json.loads((tmp_path / "run/phases.json").read_text())["phases"]
    assert sum(phase["left_out"].values()) == 4


def test_an_answer_that_no_window_holds_is_told(tmp_path, capsys):
    context = "Hund " * 40
    write(tmp_path / "xquad/de/validation.jsonl", [asked(context, "Wer?", context[:150])])
    sizes = ("target.max_len=60", "target.max_query=8", "target.doc_stride=40")
    _, said = scored(tmp_path, capsys, "target=xquad", *sizes)
    assert "1 example: kept, but no window holds the answer whole" in said


def test_a_question_that_is_cut_is_told(tmp_path, capsys):
    rows = [asked("Der Hund bellt.", "Wer bellt denn da " * length + "?", "Hund") for length in (1, 30)]
    write(tmp_path / "xquad/de/validation.jsonl", rows)
    _, said = scored(tmp_path, capsys, "target=xquad", "target.max_query=64")
    assert "1 example: kept, but the question is cut to max_query=64 sub-words" in said
    assert "xquad/validation/1" in said.split("max_query=64 sub-words")[1].splitlines()[0]


@pytest.mark.slow
def test_a_context_of_100_000_characters(tmp_path, capsys):
    context = "Der Hund bellt. " * 6250
    rows = [asked(context, "Wer?", "Der Hund"), asked("Der Hund bellt.", "Wer?", "Der Hund")]
    write(tmp_path / "xquad/de/validation.jsonl", rows)
    result, _ = scored(tmp_path, capsys, "target=xquad", "target.doc_stride=316")
    assert len(context) == 100_000
    assert result.n == 2
    table = pq.read_table(tmp_path / "run/predictions/xquad/de.validation.parquet").to_pylist()
    assert table[0]["predicted"] == context[table[0]["start"] : table[0]["end"]].strip() != ""


def test_sentences_that_stand_there_twice_are_told_and_stay(tmp_path, capsys):
    folder = tmp_path / "tatoeba/deu"
    folder.mkdir(parents=True)
    (folder / "validation.deu").write_text("Ein Hund.\nZwei.\nEin Hund.\n", encoding="utf-8")
    (folder / "validation.eng").write_text("A dog.\nTwo.\nTwo.\n", encoding="utf-8")
    result, said = scored(tmp_path, capsys, "target=tatoeba")
    assert result.n == 3
    once = "the same {} stands there more than once (deu:tatoeba/validation/{}, deu:tatoeba/validation/2)"
    for name, row in (("sentence", 0), ("translation", 1)):
        assert f"2 examples: kept, but {once.format(name, row)}" in said
    # A run scored again says the same, and reads the split that the task is scored on.
    assert evaluate_run(evaluation(tmp_path / "run"), tmp_path / "again") == results.read(
        tmp_path / "run/results.jsonl"
    )
    assert "more than once" in " ".join(capsys.readouterr().err.split())


def test_mined_corpora_keep_the_pairs_of_sentences_that_stand_there_twice(tmp_path, capsys):
    folder = tmp_path / "pocket_mining/de"
    folder.mkdir(parents=True)
    (folder / "test.de").write_text("d1\tEin Hund.\nd2\tZwei.\nd3\tEin Hund. \n", encoding="utf-8")
    (folder / "test.en").write_text("e1\tA dog.\ne2\tTwo.\n", encoding="utf-8")
    (folder / "test.gold").write_text("d1\te1\nd2\te2\n", encoding="utf-8")
    _, said = scored(tmp_path, capsys, "target=pocket_mining")
    assert "2 examples: not mined: the same sentence stands there more than once (de:d1, de:d3)" in said
    table = pq.read_table(tmp_path / "run/predictions/pocket_mining/de.test.parquet").to_pylist()
    assert sum(row["gold"] for row in table) == 2  # recall is of both


@pytest.mark.parametrize("given", [None, 3, " "])
def test_a_translation_that_is_no_sentence_is_refused(tmp_path, given):
    rows = [{"source_sentence": "Ein Hund.", "target_sentence": given}]
    write(tmp_path / "tatoeba/deu/validation.jsonl", rows)
    with pytest.raises(DataFormatError, match=r"validation\.jsonl:1: expected a (text|sentence) in column"):
        run_cell(composed_cell(*FIXED, f"data.root={tmp_path}", "target=tatoeba"), tmp_path / "run")
