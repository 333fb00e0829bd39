"""A saved run scored again."""

import json
import shutil

import pyarrow.parquet as pq
import pytest

from tests.helpers.cells import composed_cell, evaluation, tiny_cell
from tests.helpers.corpus import write_split
from xtl import results
from xtl.errors import BackboneError, CheckpointError, ConfigError, DataNotFoundError
from xtl.evaluation.rescore import evaluate_run
from xtl.pipeline.cell import run_cell
from xtl.store.store import PhaseStore

TREE = """\
1\tDogs\t_\tNOUN\t_\t_\t2\tnsubj\t_\t_
2\trun\t_\tVERB\t_\t_\t0\troot\t_\t_

"""


def test_scoring_a_saved_run_gives_its_numbers(finished, tmp_path):
    evaluate_run(evaluation(finished), tmp_path)
    before, after = (results.read(folder / "results.jsonl") for folder in (finished, tmp_path))
    assert before == after


def test_the_folder_of_a_trained_run_keeps_its_results(finished):
    before = (finished / "results.jsonl").read_bytes()
    with pytest.raises(ConfigError, match=r"expected a folder of its own for these scores, found a trained"):
        evaluate_run(evaluation(finished, "langs=[de]"), finished)
    assert (finished / "results.jsonl").read_bytes() == before


def test_relative_paths_of_a_run_are_those_that_it_read(tmp_path, monkeypatch):
    first, second = tmp_path / "a", tmp_path / "b"
    for folder, rows in ((first, 6), (second, 3)):
        for lang, split, numbers in (("en", "train", 8), ("en", "validation", 4), ("de", "test", rows)):
            write_split(folder / "data", lang, split, range(numbers))
    monkeypatch.chdir(first)
    cell = composed_cell(
        "backbone=tiny", "data=local", "data.root=data", "target.langs=[de]", "target.recipe.epochs=1"
    )
    run_cell(cell, first / "run")
    monkeypatch.chdir(second)  # where other data have the same name
    found = evaluate_run(evaluation(first / "run"), second / "out")
    assert {line.n for line in found} == {6}
    environment = json.loads((first / "run/environment.json").read_text())
    del environment["directory"]  # as in runs of older versions
    (first / "run/environment.json").write_text(json.dumps(environment))
    assert {line.n for line in evaluate_run(evaluation(first / "run"), second / "again")} == {3}


def test_a_task_of_pocket_is_scored_on_as_many_rows_as_the_run_was(run_of, tmp_path):
    run = run_of("pocket_qa")
    rows = {line.n for line in results.read(run / "results.jsonl")}
    for number, (more, count) in enumerate({"langs=[de]": rows, "data.sizes.test=7": {7}}.items()):
        found = evaluate_run(evaluation(run, "task=pocket_qa", "langs=[de]", more), tmp_path / str(number))
        assert {line.n for line in found} == count


def test_other_rows_of_pocket_are_scored_where_they_are_asked_for(run_of, tmp_path):
    run = run_of("pocket_qa")
    (before,) = {line.data for line in results.read(run / "results.jsonl") if line.lang == "de"}
    more = evaluate_run(evaluation(run, "langs=[de]", "+data.sizes.test=9"), tmp_path / "more")
    assert {line.n for line in more} == {9}
    other = evaluate_run(evaluation(run, "langs=[de]", "data.seed=5"), tmp_path / "other")
    assert before not in {line.data for line in other}
    named = ("task=pocket_qa", "langs=[de]", "data.sizes.test=9")
    assert {line.data for line in evaluate_run(evaluation(run, *named), tmp_path / "named")} == {
        line.data for line in more
    }


def test_rows_of_pocket_for_a_run_that_has_read_files_are_refused(finished, tmp_path):
    with pytest.raises(ConfigError, match=r"data\.seed: expected a run that has read pocket, .* data=local"):
        evaluate_run(evaluation(finished, "data.seed=5"), tmp_path / "out")


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


def test_a_task_that_is_none_is_not_passed_over(finished):
    with pytest.raises(ConfigError, match=r"'task/pocket_poss' \(did you mean 'pocket_pos'\?\)"):
        evaluation(finished, "task=pocket_poss")


def test_an_unknown_language_is_refused(finished, tmp_path):
    with pytest.raises(ConfigError, match=r"got 'dee' \(did you mean 'de'\?\)") as refused:
        evaluate_run(evaluation(finished, "langs=[dee]"), tmp_path)
    assert "expected languages of task 'udpos'" in str(refused.value)
    assert "task=udpos reads the task's file anew" in str(refused.value)


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


def test_the_threshold_of_the_run_applies_where_there_is_no_validation_set(run_of, tmp_path, caplog):
    run = shutil.copytree(run_of("pocket_qa"), tmp_path / "run")
    tuned = json.loads((run / "thresholds.json").read_text())["pocket_qa"]
    assert list(tuned) == ["en"]
    never = {"pocket_qa": {"en": -1e9}}
    (run / "thresholds.json").write_text(json.dumps(never))
    caplog.clear()
    scores = evaluate_run(evaluation(run), tmp_path / "never")
    rows = pq.read_table(tmp_path / "never" / "predictions/pocket_qa/de.test.parquet").to_pylist()
    assert {row["predicted"] for row in rows} == {""}
    assert json.loads((tmp_path / "never" / "thresholds.json").read_text()) == never
    assert "pocket_qa threshold" not in caplog.text  # nothing is tuned
    assert all(line.value < 100 for line in scores)


def test_a_threshold_is_not_of_the_same_task_with_other_settings(run_of, tmp_path, caplog):
    run = shutil.copytree(run_of("pocket_qa"), tmp_path / "run")
    (run / "thresholds.json").write_text(json.dumps({"pocket_qa": {"en": -1e9}}))
    caplog.clear()
    evaluate_run(evaluation(run, "task=pocket_qa", "langs=[de]", "task.doc_stride=20"), tmp_path / "other")
    assert json.loads((tmp_path / "other" / "thresholds.json").read_text())["pocket_qa"]["en"] > -1e9
    evaluate_run(evaluation(run, "task=pocket_qa", "langs=[de]"), tmp_path / "same")
    assert json.loads((tmp_path / "same" / "thresholds.json").read_text())["pocket_qa"]["en"] == -1e9


def test_a_run_without_a_threshold_tunes_one_and_a_zero_that_nothing_tuned_is_not_kept(run_of, tmp_path):
    run = shutil.copytree(run_of("pocket_qa"), tmp_path / "run")
    tuned = json.loads((run / "thresholds.json").read_text())
    (run / "thresholds.json").unlink()
    evaluate_run(evaluation(run), tmp_path / "again")
    assert json.loads((tmp_path / "again" / "thresholds.json").read_text()) == tuned


def test_a_threshold_tuned_on_what_is_scored_is_the_best_of_the_first_metric_alone(run_of, tmp_path, caplog):
    run = shutil.copytree(run_of("pocket_qa"), tmp_path / "run")
    (run / "thresholds.json").unlink()
    caplog.clear()
    evaluate_run(
        evaluation(run, "task=pocket_qa", "langs=[de]", "task.eval_split=validation"), tmp_path / "scored"
    )
    (said,) = (record.getMessage() for record in caplog.records if "is scored too" in record.getMessage())
    assert "tuned for f1 on the validation set of en" in said
    assert "compare f1 with" in said
    assert "may be below their best" in said


def test_tags_that_came_from_the_training_set_stay_with_the_head(tmp_path):
    for name, count in {"en/train": 12, "en/validation": 6, "de/test": 4}.items():
        path = tmp_path / "data" / "udpos" / f"{name}.conllu"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TREE * count)
    cell = tiny_cell(tmp_path / "data", "target=ud_supertag", "target.langs=[de]", "target.recipe.epochs=1")
    scores = run_cell(cell, tmp_path / "run", store=PhaseStore(tmp_path / "phases"))
    (tmp_path / "data" / "udpos" / "en").rename(tmp_path / "gone")
    assert evaluate_run(evaluation(tmp_path / "run"), tmp_path / "again") == scores
    (tmp_path / "data").rename(tmp_path / "other")
    elsewhere = evaluate_run(
        evaluation(tmp_path / "run", f"data.root={tmp_path / 'other'}"), tmp_path / "there"
    )
    assert [line.value for line in elsewhere] == [line.value for line in scores]


def test_the_runs_own_data_may_be_gone_where_others_are_scored(finished, tmp_path):
    run = shutil.copytree(finished, tmp_path / "run")
    config = (run / "config.yaml").read_text()
    root = next(line for line in config.splitlines() if line.strip().startswith("root:"))
    (run / "config.yaml").write_text(config.replace(root, f"  root: {tmp_path / 'gone'}"))
    small = ("task=pocket_retrieval", "langs=[de]", "data.sizes.test=4")
    assert {line.task for line in evaluate_run(evaluation(run, *small), tmp_path / "out")} == {
        "pocket_retrieval"
    }


@pytest.mark.parametrize(
    ("file", "text", "phase", "told"),
    [
        ("results.jsonl", "", "target", "results.jsonl: expected results of a run, found none"),
        ("phases.json", "{}", "intermediate", r"phases.json: expected the phases of a run, got KeyError"),
        (
            "phases.json",
            '{"phases": [',
            "intermediate",
            r"phases.json: expected the phases of a run, got JSON",
        ),
    ],
)
def test_a_run_that_is_half_there_says_what_is_missing(data_root, tmp_path, file, text, phase, told):
    (tmp_path / "run" / ".partial-encoder.x").mkdir(parents=True)  # of one that was killed
    (tmp_path / "run" / ".partial-config.yaml.y").touch()
    before = ("intermediate=udpos", "intermediate.recipe.epochs=1", "target.recipe.epochs=1")
    run_cell(tiny_cell(data_root, *before, "target.langs=[de]"), tmp_path / "run")
    assert not list((tmp_path / "run").glob(".partial-*"))
    (tmp_path / "run" / file).write_text(text)
    with pytest.raises(CheckpointError, match=told):
        evaluate_run(evaluation(tmp_path / "run", f"phase={phase}", "langs=[de]"), tmp_path / "out")


def test_a_pretrained_encoder_that_has_changed_is_not_taken_for_the_one_of_the_run(data_root, tmp_path):
    short = ("target.recipe.epochs=1", "target.langs=[de]")
    run_cell(tiny_cell(data_root, *short), tmp_path / "first")
    path = ("backbone.source=hub", f"backbone.path={tmp_path / 'first' / 'encoder'}")
    run_cell(tiny_cell(data_root, *short, *path, "trainer.save_encoder=false"), tmp_path / "second")
    before = results.read(tmp_path / "second" / "results.jsonl")
    assert evaluate_run(evaluation(tmp_path / "second", "langs=[de]"), tmp_path / "a") == before
    shutil.rmtree(tmp_path / "first")
    run_cell(tiny_cell(data_root, *short, "seed=2"), tmp_path / "first")
    with pytest.raises(
        CheckpointError, match=r"expected the pretrained encoder that it was trained from, but .*"
    ):
        evaluate_run(evaluation(tmp_path / "second", "langs=[de]"), tmp_path / "b")
