"""The pocket benchmark through the commands: shown, trained on, swept over sizes."""

import json
import os

import pyarrow.parquet as pq
import pytest

from tests.helpers.cells import SMALL, composed_cell
from tests.helpers.real_data import needs_weights
from xtl import pocket, results
from xtl.cli import data, quickstart, report
from xtl.pipeline.cell import run_cell

LANGS = pocket.available()
FEW = (
    "data.sizes.train=8", "data.sizes.validation=2", "data.sizes.test=2", "trainer.precision=32-true",
    "trainer.compare_selections=false",
)  # fmt: skip
TRAINED = ("pocket_pos", "pocket_ner", "pocket_nli", "pocket_paraphrase", "pocket_qa", "pocket_choice")


@pytest.mark.parametrize("task", TRAINED)
def test_a_task_of_pocket_needs_no_folder(task, tmp_path):
    found = run_cell(
        composed_cell(f"target={task}", "backbone=tiny", *FEW, "target.recipe.epochs=1"), tmp_path
    )
    assert {line.lang for line in found} == set(LANGS)
    assert {(line.task, line.n, line.run.target.rows) for line in found} == {(task, 2, 8)}


@pytest.mark.parametrize(("task", "n"), [("pocket_retrieval", 16), ("pocket_mining", 1)])
def test_retrieval_and_mining_need_no_training(task, n, tmp_path):
    found = run_cell(composed_cell(f"target={task}", "backbone=tiny", *SMALL), tmp_path)
    assert {line.lang for line in found} == set(LANGS) - {"en"}
    assert {(line.task, line.n, line.run.selection, line.run.target.rows) for line in found} == {
        (task, n, "untrained", 0)
    }


def test_retrieval_is_scored_on_the_encoder_as_the_phase_before_left_it(tmp_path):
    shared = ("target=pocket_retrieval", "backbone=tiny", *SMALL, "target.langs=[de]")
    trained = ("intermediate=pocket_retrieval", "intermediate.lang=de", "intermediate.recipe.epochs=3")
    before = run_cell(composed_cell(*shared), tmp_path / "before")
    after = run_cell(composed_cell(*shared, *trained, "intermediate.recipe.lr=1e-2"), tmp_path / "after")
    assert (after[0].run.intermediate.rows, after[0].run.selection) == (64, "untrained")
    (phase,) = json.loads((tmp_path / "after" / "phases.json").read_text())["phases"]
    assert after[0].run.phase_key == phase["key"] != before[0].run.phase_key
    found = pq.read_table(tmp_path / "after/predictions/pocket_retrieval/de.test.parquet")["found"]
    assert found != pq.read_table(tmp_path / "before/predictions/pocket_retrieval/de.test.parquet")["found"]


def test_quickstart_ends_with_tables_and_a_picture(tmp_path, capsys, monkeypatch):
    less = ("data.sizes.validation=4", "data.sizes.test=4", "target.recipe.epochs=1")
    monkeypatch.setattr(quickstart, "_SETTINGS", (*quickstart._SETTINGS, *less))
    quickstart.main(["--backbone", "tiny", "--out", str(tmp_path), "--sizes", "16", "48", "--seeds", "1"])
    printed = capsys.readouterr().out
    header = next(line.split() for line in printed.splitlines() if line.strip().startswith("lang "))
    assert header == ["lang", "rows", *(lang for lang in LANGS if lang != "de"), "unseen"]
    assert (tmp_path / "scaling.png").read_bytes().startswith(b"\x89PNG")
    lines = [line for path in tmp_path.rglob("results.jsonl") for line in results.read(path)]
    settings = {
        (line.run.intermediate.lang, line.run.intermediate.rows, line.run.target.rows) for line in lines
    }
    assert settings == {("en", 0, 60), *((lang, size, 60) for lang in ("en", "de") for size in (16, 48))}


def test_quickstart_says_when_it_falls_back(monkeypatch, capsys):
    monkeypatch.setattr(quickstart, "find_spec", lambda name: None)
    assert quickstart.choose_backbone() == "tiny"
    assert "nothing about transfer" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("task", pocket.TASKS)
def test_show_prints_each_task(task, capsys):
    lang = pocket.languages(task)[-1]
    data.main(["show", task, "--lang", lang, "-n", "2"])
    printed = capsys.readouterr().out
    first = pocket.examples(task, lang, split="test", size=2)[0]
    assert f"{first.uid} [{lang}]" in printed


def test_show_starts_where_it_is_told(capsys):
    data.main(["show", "pocket_text", "--start", "5", "-n", "1"])
    assert capsys.readouterr().out.startswith("pocket_text/test/5 [en]")


def test_show_aligned_prints_a_line_for_each_language(capsys):
    data.main(["show", "pocket_retrieval", "--align", "-n", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if line.strip()] == ["pocket_retrieval/test/0", *LANGS]


def test_show_reads_files_too(data_root, capsys):
    data.main(["show", "udpos", "--root", str(data_root), "--lang", "de", "-n", "1"])
    assert "Hund/NOUN" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "pocket_poss"], "did you mean 'pocket_pos'?"),
        (["show", "udpos"], "expected --root FOLDER"),
        (["show", "udpos", "--align"], "expected a task whose rows are aligned"),
        (["show", "pocket_pos", "--lang", "xx"], "xx"),
    ],
)
def test_show_says_what_is_wrong(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        data.main(arguments)
    assert stopped.value.code == 1
    assert message in " ".join(capsys.readouterr().err.split())


@pytest.mark.slow
@needs_weights
@pytest.mark.timeout(3600)
def test_english_transfers_to_six_languages_and_each_language_teaches_itself(tmp_path):
    settings = ("target=pocket_pos", "backbone=e5_small", f"trainer.threads={os.cpu_count()}")
    english = run_cell(composed_cell(*settings), tmp_path / "en")
    value = {line.lang: line.value for line in english if line.metric == "accuracy"}
    assert sum(score >= 80 for lang, score in value.items() if lang != "en") >= 6
    for lang in LANGS:
        own = run_cell(
            composed_cell(*settings, f"target.lang=[{lang}]", f"target.langs=[{lang}]"), tmp_path / lang
        )
        assert own[0].value >= 97


def test_a_report_of_training_sizes_draws_a_picture_for_each_task(tmp_path, capsys):
    for size in (16, 32):
        shared = ("backbone=tiny", *SMALL, "target.recipe.epochs=1", f"target.size={size}")
        run_cell(composed_cell("target=pocket_pos", *shared), tmp_path / str(size))
    report.main([str(tmp_path)])
    assert "pocket_pos: accuracy by rows of training data" in capsys.readouterr().out
    assert (tmp_path / "scaling-pocket_pos.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(SystemExit):
        report.main([str(tmp_path / "nowhere")])
    assert "expected runs with results.jsonl, found none" in capsys.readouterr().err


@pytest.mark.parametrize("size", ["2001", "0", "-1"])
def test_quickstart_refuses_sizes_that_it_has_no_rows_for_before_it_trains(size, tmp_path, capsys):
    with pytest.raises(SystemExit):
        quickstart.main(["--backbone", "tiny", "--out", str(tmp_path), "--seeds", "1", "--sizes", "50", size])
    assert f"--sizes: expected numbers of rows from 1 to 2,000, got {size}" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())
