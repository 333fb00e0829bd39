"""Counts per example of each type, for every metric that its tasks may have, on half-right predictions."""

import numpy as np
import pyarrow as pa
import pytest

from tests.helpers.tasks import SMALL_SIZES, composed_task
from xtl.statistics.examples import scores_of
from xtl.tasks.registry import own_types


def half_right(table, seed):
    """The table of predictions with gold values as predictions, half of them those of other rows."""
    rng = np.random.default_rng(seed)
    gold = table.column("gold").to_pylist()
    others = rng.permutation(len(gold))
    predicted = [
        value if rng.random() < 0.5 else gold[other] for value, other in zip(gold, others, strict=True)
    ]
    if isinstance(gold[0], list):  # tags: as many as the sentence has words
        predicted = [(tags * 20)[: len(value)] for tags, value in zip(predicted, gold, strict=True)]
    column = pa.array(predicted, table.schema.field("predicted").type)
    return table.set_column(table.column_names.index("predicted"), "predicted", column)


def gold_table(task, examples):
    """A table with the columns that scores are computed from."""
    gold = [getattr(example, "tags", None) or example.label for example in examples]
    return pa.table({"uid": [example.uid for example in examples], "gold": gold, "predicted": gold})


@pytest.mark.parametrize(
    ("name", "metrics"),
    [
        ("pocket_ner", own_types()["tagging"].metrics),
        ("pocket_pos", own_types()["tagging"].metrics),
        ("pocket_nli", own_types()["classification"].metrics),
        ("pocket_choice", own_types()["multiple_choice"].metrics),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_counts_give_every_metric_of_the_type(name, metrics, seed):
    chosen = [metric for metric in metrics if metric not in ("pearson", "spearman")]
    task = composed_task(name, *SMALL_SIZES, f"target.metrics=[{','.join(chosen)}]")
    examples = task.source.examples("de", "test")
    table = half_right(gold_table(task, examples), seed)
    scores = task.scores(table)
    assert set(scores) == set(chosen)
    assert 0 < scores["accuracy"] < 100
    assert scores_of(task.counts(examples, table)) == pytest.approx(scores, abs=1e-9)


def test_counts_give_correlations_of_numbers(tmp_path):
    (tmp_path / "stsb" / "en").mkdir(parents=True)
    task = composed_task("stsb", f"data.root={tmp_path}", "target.metrics=[spearman,pearson]")
    gold = np.random.default_rng(0).integers(0, 6, 40) / 1.0
    predicted = gold + np.random.default_rng(1).normal(0, 2, 40)
    table = pa.table({"uid": [f"stsb/test/{i}" for i in range(40)], "gold": gold, "predicted": predicted})
    assert scores_of(task.counts([], table)) == pytest.approx(task.scores(table), abs=1e-9)
