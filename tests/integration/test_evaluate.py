"""A saved run scored again."""

import shutil

import pytest

from tests.helpers.cells import composed_cell, evaluation
from tests.helpers.corpus import write_split
from xtl import results
from xtl.errors import BackboneError, CheckpointError, ConfigError, DataNotFoundError
from xtl.evaluation.rescore import evaluate_run
from xtl.pipeline.cell import run_cell


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


TINY = (
    "backbone=tiny", "data.sizes.train=32", "data.sizes.validation=8", "data.sizes.test=8",
    "trainer.accelerator=cpu", "trainer.precision=32-true", "trainer.compare_selections=false",
    "trainer.save_encoder=false", "target.langs=[de,sw]",
)  # fmt: skip
ROWS = ("data.sizes.test=8", "data.sizes.validation=8")
NLI = ("intermediate=pocket_nli", "intermediate.lang=de", "intermediate.recipe.epochs=2")


def numbers(found):
    return [(line.task, line.lang, line.metric, line.value, line.n, line.run.phase_key) for line in found]


def test_the_encoder_of_an_intermediate_phase_is_scored_on_its_task_and_without_a_head(tmp_path):
    run = tmp_path / "run"
    run_cell(composed_cell("target=pocket_pos", *NLI, *TINY, "target.recipe.epochs=1"), run)
    own = evaluate_run(evaluation(run, "phase=intermediate", "langs=[de,sw]"), tmp_path / "own")
    # As an intermediate task it has settings of its own.
    recipe = ("target.recipe.epochs=2", "target.recipe.lr=5e-5", "target.recipe.head_lr=1e-3")
    settings = ("target=pocket_nli", "target.lang=de", *recipe)
    assert numbers(own) == numbers(run_cell(composed_cell(*settings, *TINY), tmp_path / "nli"))
    assert {(line.run.target.task, line.run.target.lang, line.run.target.rows) for line in own} == {
        ("pocket_nli", "de", 32)
    }
    assert {(line.run.intermediate.task, line.run.intermediate.rows) for line in own} == {("", 0)}
    found = evaluate_run(
        evaluation(run, "phase=intermediate", "task=pocket_retrieval", *ROWS, "langs=[de,sw]"),
        tmp_path / "retrieval",
    )
    chain = run_cell(composed_cell("target=pocket_retrieval", *NLI, *TINY), tmp_path / "chain")
    assert numbers(found) == numbers(chain)
    assert {(line.run.selection, line.run.intermediate.task, line.run.target.rows) for line in found} == {
        ("untrained", "pocket_nli", 0)
    }
    after = evaluate_run(evaluation(run, "task=pocket_retrieval", *ROWS, "langs=[de,sw]"), tmp_path / "after")
    assert {line.run.phase_key for line in after}.isdisjoint(line.run.phase_key for line in found)
    with pytest.raises(
        CheckpointError, match=r"trained on 'pocket_nli' \(contradiction entailment neutral\)"
    ):
        evaluate_run(evaluation(run, "phase=intermediate", "task=pocket_pos"), tmp_path / "other")


def test_a_task_of_a_mixture_has_its_own_head(tmp_path):
    run = tmp_path / "run"
    mixture = ("intermediate=mixture", "intermediate.tasks=[pocket_paraphrase,pocket_nli]", "data=pocket")
    run_cell(composed_cell("target=pocket_pos", *mixture, *TINY, "target.recipe.epochs=1"), run)
    found = evaluate_run(
        evaluation(run, "phase=intermediate", "task=pocket_nli", "langs=[de]"), tmp_path / "nli"
    )
    assert [(line.task, line.metric, line.run.target.task) for line in found] == [
        ("pocket_nli", "accuracy", "pocket_paraphrase+pocket_nli")
    ]
    with pytest.raises(ConfigError, match=r"expected task= beside phase=intermediate, one of pocket_para"):
        evaluate_run(evaluation(run, "phase=intermediate"), tmp_path / "none")


def test_a_run_without_an_intermediate_phase_has_none_to_score(finished, tmp_path):
    with pytest.raises(ConfigError, match="expected a run with an intermediate phase, got one without"):
        evaluate_run(evaluation(finished, "phase=intermediate"), tmp_path)
    with pytest.raises(ConfigError, match=r"phase: expected one of target, intermediate, got 'goal'"):
        evaluation(finished, "phase=goal")
