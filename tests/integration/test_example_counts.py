"""Counts per example: every score of every task type comes from them again, and they hold no text."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.helpers.cells import evaluation
from tests.helpers.tasks import TASK_OF_TYPE
from xtl import pocket, results
from xtl.evaluation.rescore import evaluate_run
from xtl.statistics.examples import counts_path, read_counts, scores_of
from xtl.tasks.registry import own_types

SCORED = sorted(
    {task for name, task in TASK_OF_TYPE.items() if own_types()[name].scores}
    | {task for task in pocket.TASKS if task.startswith("pocket_")}
)


def files(folder: Path, kind: str) -> set[str]:
    return {str(path.relative_to(folder / kind)) for path in (folder / kind).rglob("*.parquet")}


@pytest.mark.parametrize("task", SCORED)
def test_every_score_comes_from_the_counts_again(run_of, task):
    folder = run_of(task)
    lines = results.selected(results.read(folder / results.FILE_NAME))
    counts = read_counts(counts_path(folder, task, "de", lines[0].split))
    assert counts is not None
    scores = scores_of(counts)
    assert set(scores) == {line.metric for line in lines}
    for line in lines:
        assert scores[line.metric] == pytest.approx(line.value, abs=1e-9)
    assert len(set(counts.uids)) == len(counts.uids) > 1
    # Each selection's weights have their own.
    assert files(folder, "counts") == files(folder, "predictions")


@pytest.mark.parametrize("task", SCORED)
def test_counts_hold_no_text(run_of, task):
    folder = run_of(task)
    paths = list((folder / "counts").rglob("*.parquet"))
    assert paths
    for path in paths:
        table = pq.read_table(path)
        texts = [field.name for field in table.schema if not str(field.type).startswith(("int", "double"))]
        assert texts == ["uid"]
        assert set(json.loads(table.schema.metadata[b"xtl_formulas"]))


def test_questions_of_one_paragraph_are_one_group(run_of):
    folder = run_of("pocket_qa")
    counts = read_counts(counts_path(folder, "pocket_qa", "de", "test"))
    examples = pocket.examples("pocket_qa", "de", split="test", size=16)
    groups = [example.context for example in examples]
    numbers = list(dict.fromkeys(groups))
    assert counts.groups.tolist() == [numbers.index(context) for context in groups]


def test_a_run_that_is_scored_again_leaves_the_same_counts(run_of, tmp_path):
    folder = run_of("pocket_pos")
    evaluate_run(evaluation(folder), tmp_path)
    again, before = (counts_path(path, "pocket_pos", "de", "test") for path in (tmp_path, folder))
    assert again.read_bytes() == before.read_bytes()
