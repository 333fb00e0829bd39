"""A regression goes through a finished run as classes do: its head has no labels, and is a trained one."""

import json

import pyarrow.parquet as pq
import pytest
import torch
import transformers
from safetensors.torch import load_file

from tests.helpers.catalogue_files import write_local
from tests.helpers.cells import evaluation, tiny_cell
from xtl import results
from xtl.cli import export
from xtl.errors import CheckpointError
from xtl.evaluation.rescore import evaluate_run
from xtl.pipeline.cell import run_cell
from xtl.runs.saved_run import SavedRun
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
