"""A saved run scored again."""

import shutil

import pytest

from tests.compose import compose_evaluate
from tests.integration.conftest import write_split
from xtl import results
from xtl.config import checked_evaluation
from xtl.errors import BackboneError, CheckpointError, ConfigError, DataNotFoundError
from xtl.phases.rescore import evaluate_run


def evaluation(run, *overrides):
    return checked_evaluation(
        compose_evaluate(f"run={run}", "trainer.accelerator=cpu", "trainer.precision=32-true", *overrides)
    )


def test_scoring_a_saved_run_gives_its_numbers(finished, tmp_path):
    evaluate_run(evaluation(finished), tmp_path)
    before, after = (results.read(folder / "results.jsonl") for folder in (finished, tmp_path))
    assert before == after


def test_other_data_and_fewer_languages(finished, tmp_path):
    write_split(tmp_path / "data", "hi", "test", range(5))
    found = evaluate_run(
        evaluation(finished, "langs=[hi]", f"data.root={tmp_path / 'data'}"), tmp_path / "out"
    )
    assert [(result.lang, result.n) for result in found] == [("hi", 5), ("hi", 5)]


def test_a_head_of_another_task_is_refused(finished, tmp_path):
    with pytest.raises(
        CheckpointError, match=r"labels of task 'uner' \(B-LOC.*trained on 'udpos' \(ADJ.*target=uner"
    ):
        evaluate_run(evaluation(finished, "task=uner"), tmp_path)


def test_an_unknown_language_is_refused(finished, tmp_path):
    with pytest.raises(ConfigError, match=r"languages of task 'udpos'.*got 'dee' \(did you mean 'de'\?\)"):
        evaluate_run(evaluation(finished, "langs=[dee]"), tmp_path)


def test_a_folder_that_is_no_run(tmp_path):
    with pytest.raises(ConfigError, match="xtl-train writes it"):
        evaluate_run(evaluation(tmp_path), tmp_path)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("head.safetensors", CheckpointError),
        ("head.json", CheckpointError),
        ("results.jsonl", DataNotFoundError),
        ("encoder/model.safetensors", BackboneError),
    ],
)
def test_a_run_that_lacks_a_file(finished, tmp_path, name, error):
    run = shutil.copytree(finished, tmp_path / "run")
    (run / name).unlink()
    with pytest.raises(error, match=name.split("/")[0]):
        evaluate_run(evaluation(run), tmp_path / "out")


def test_a_truncated_head(finished, tmp_path):
    run = shutil.copytree(finished, tmp_path / "run")
    path = run / "head.safetensors"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(
        CheckpointError,
        match=r"head\.safetensors: expected a head with weights of the shape \[\[17, 32\], \[17\]\]",
    ):
        evaluate_run(evaluation(run), tmp_path / "out")
