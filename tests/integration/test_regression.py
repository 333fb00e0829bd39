"""A regression goes through a finished run as classes do: its head has no labels, and is a trained one."""

import json

import pyarrow.parquet as pq
import pytest
import torch
import transformers
from safetensors.torch import load_file

from tests.helpers.catalogue_files import write_local
from tests.helpers.cells import composed_cell, evaluation, tiny_cell
from tests.helpers.corpus import write_split
from xtl import results
from xtl.cli import export, predict
from xtl.errors import CheckpointError
from xtl.evaluation.rescore import evaluate_run
from xtl.pipeline.cell import run_cell
from xtl.runs.saved_run import SavedRun
from xtl.schemas.data import DataConfig
from xtl.store.key import phase_key
from xtl.store.records import Phase
from xtl.store.store import PhaseStore
from xtl.tasks.build import build_task

SHORT = ("target.max_len=64", "target.recipe.epochs=2")
BEFORE = ("intermediate=stsb", "intermediate.max_len=64", "intermediate.recipe.epochs=2")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for task in ("stsb", "pawsx", "xnli"):
        write_local(folder, task)
    return folder


@pytest.fixture(scope="module")
def run(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stsb")
    run_cell(tiny_cell(root, "target=stsb", "target.pooling=cls", "target.langs=[zh]", *SHORT), folder)
    return folder


def trained(run, name, phase="target"):
    saved = SavedRun.open(run, data_needed=False, phase=phase)
    config = saved.config.target if phase == "target" else saved.config.intermediate
    task = build_task(getattr(config, "members", {}).get(name, config), saved.config.data, "")
    saved.check_head(task)
    return saved.load(task)


def stored_head(run):
    """Head of a run's intermediate phase, in the phase store."""
    phases = json.loads((run / "phases.json").read_text())["phases"]
    (key,) = [phase["key"] for phase in phases if phase["phase"] == "intermediate"]
    return load_file(PhaseStore().root / key / "head.safetensors")


def test_its_scores_are_those_of_the_run_each_time(run, tmp_path):
    before = results.read(run / "results.jsonl")
    assert evaluate_run(evaluation(run, "langs=[zh]"), tmp_path) == before


def test_raw_text_gets_what_evaluation_wrote(run, predicted):
    rows = pq.read_table(run / "predictions/stsb/zh.test.parquet").to_pylist()
    examples = trained(run, "stsb").task.source.examples("zh", "test")
    found = predicted(run, "".join(f"{one.first}\t{one.second}\n" for one in examples))
    assert [one["score"] for one in found] == pytest.approx([row["predicted"] for row in rows], abs=1e-5)


def test_other_libraries_get_its_head(run, tmp_path):
    export.main([f"run={run}", "--to", "hf", "--out", str(tmp_path / "out")])
    loaded = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path / "out").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "out")
    (example, *_) = trained(run, "stsb").task.source.examples("zh", "test")
    (row, *_) = pq.read_table(run / "predictions/stsb/zh.test.parquet").to_pylist()
    with torch.inference_mode():
        encoded = tokenizer(
            example.first, example.second, return_tensors="pt", truncation=True, max_length=64
        )
        assert loaded(**encoded).logits.item() == pytest.approx(row["predicted"], abs=1e-5)


def test_the_head_of_an_intermediate_phase_is_the_one_in_the_store(root, tmp_path):
    run_cell(tiny_cell(root, *BEFORE, "target=pawsx", "target.langs=[de]", *SHORT), tmp_path / "run")
    stored = stored_head(tmp_path / "run")
    for _ in range(2):
        module = trained(tmp_path / "run", "stsb", phase="intermediate").module
        torch.testing.assert_close(dict(module.head.state_dict()), stored, rtol=0, atol=0)
    settings = ("phase=intermediate", "task=stsb", "langs=[zh]")
    once, again = (
        evaluate_run(evaluation(tmp_path / "run", *settings), tmp_path / name) for name in ("a", "b")
    )
    assert once == again
    assert {line.run.target.task for line in once} == {"stsb"}
    assert {line.run.selection for line in once} == {"best_validation"}


def test_of_two_tasks_with_the_same_labels_each_has_its_own_head(root, tmp_path):
    mixture = ("intermediate=mixture", "intermediate.tasks=[xnli,anli]", "intermediate.recipe.epochs=1")
    write_local(root, "anli")
    run_cell(tiny_cell(root, *mixture, "target=pawsx", "target.langs=[de]", *SHORT), tmp_path)
    stored = stored_head(tmp_path)
    for name in ("xnli", "anli"):
        own = trained(tmp_path, name, phase="intermediate").module.head.state_dict()
        of_name = {key.removeprefix(f"{name}."): stored[key] for key in stored if key.startswith(f"{name}.")}
        torch.testing.assert_close(dict(own), of_name, rtol=0, atol=0)


@pytest.mark.parametrize(("run_task", "task"), [("pawsx", "stsb"), ("tatoeba", "stsb"), ("stsb", "pawsx")])
def test_a_head_of_another_kind_is_refused(root, run, tmp_path, run_task, task):
    if run_task == "stsb":
        folder = run
    elif run_task == "pawsx":
        folder = tmp_path / "run"
        run_cell(tiny_cell(root, "target=pawsx", "target.langs=[de]", *SHORT), folder)
    else:
        write_local(root, "tatoeba")
        folder = tmp_path / "run"
        run_cell(tiny_cell(root, "target=tatoeba", "target.langs=[deu]", "target.recipe.epochs=0"), folder)
    with pytest.raises(CheckpointError, match=f"expected a head for the labels of task '{task}'"):
        evaluate_run(evaluation(folder, f"task={task}", "langs=[en]"), tmp_path / "out")


def test_a_head_reads_what_it_was_trained_on_whatever_the_file_of_the_task_says(root, run, tmp_path, caplog):
    before = results.read(run / "results.jsonl")
    assert evaluate_run(evaluation(run, "task=stsb", "langs=[zh]"), tmp_path / "a") != []  # stsb.yaml: mean
    again = results.read(tmp_path / "a" / "results.jsonl")
    assert "stsb: pooling=cls, as its head was trained" in caplog.text
    assert "stsb is scored with max_len=128 (trained with 64)" in caplog.text
    same = evaluate_run(evaluation(run, "task=stsb", "task.max_len=64", "langs=[zh]"), tmp_path / "b")
    assert [line.value for line in same] == [line.value for line in before]
    assert [line.metric for line in again] == [line.metric for line in before]


def test_a_mixture_is_another_one_with_another_way_to_embed_or_other_labels(root, tmp_path):
    mixture = (
        "intermediate=mixture", "intermediate.tasks=[pocket_retrieval,pocket_pos]",
        "+intermediate.settings={pocket_pos: {labels: ''}, pocket_retrieval: {lang: de}}", "data=pocket",
        "target=pocket_nli", "target.langs=[de]",
    )  # fmt: skip
    keys = set()
    for layer in (0, 1):
        cell = composed_cell(*mixture, f"backbone.embedding.layer={layer}", "backbone=tiny")
        task = build_task(cell.intermediate, DataConfig(source="pocket", sizes={}), cell.backbone.embedding)
        assert task.config.members["pocket_retrieval"].embedding.layer == layer
        for labels in (("A", "B"), ("A", "C")):
            task.members["pocket_pos"]._labels = labels
            keys.add(phase_key(Phase(name="intermediate", task=task), "parent", cell))
    assert len(keys) == 4


def test_a_head_that_nothing_trained_answers_nothing(root, tmp_path, capsys):
    run_cell(tiny_cell(root, *BEFORE, "target=stsb", "target.langs=[zh]", *SHORT, "target.size=0"), tmp_path)
    (tmp_path / "text").write_text("a\tb\n")
    for command in (
        lambda: predict.main([f"run={tmp_path}", str(tmp_path / "text"), "--accelerator", "cpu"]),
        lambda: export.main([f"run={tmp_path}", "--to", "hf", "--out", str(tmp_path / "out")]),
    ):
        with pytest.raises(SystemExit):
            command()
        assert "expected a trained head, got that of a target without epochs or" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_labels_of_an_intermediate_head_are_those_that_it_was_trained_on(tmp_path):
    for split, rows in (("train", range(24)), ("validation", range(24, 28)), ("test", range(28, 32))):
        write_split(tmp_path / "data", "de", split, rows)
    before = (
        "intermediate=udpos",
        "intermediate.labels=",
        "intermediate.lang=de",
        "intermediate.recipe.epochs=2",
    )
    cell = tiny_cell(tmp_path / "data", *before, "target=udpos", "target.lang=de", "target.langs=[de]")
    run_cell(cell, tmp_path / "run")
    scored = ("phase=intermediate", "langs=[de]")
    once = evaluate_run(evaluation(tmp_path / "run", *scored), tmp_path / "a")
    train = tmp_path / "data" / "udpos" / "de" / "train.conllu"
    train.write_text(train.read_text().replace("\tNOUN\t", "\tAAA\t"))
    assert [line.value for line in evaluate_run(evaluation(tmp_path / "run", *scored), tmp_path / "b")] == [
        line.value for line in once
    ]
