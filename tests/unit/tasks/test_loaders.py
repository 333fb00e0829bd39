"""Evaluation batches are as large as the setting says, for every task."""

import pytest

from tests.helpers.tasks import TRAINED, composed_task, features_of
from xtl.data.stored import inputs_of
from xtl.models import tiny
from xtl.tasks.loaders import evaluation_loader
from xtl.training.memory import evaluation_shortage

MOST = 1024


@pytest.mark.parametrize("name", TRAINED)
def test_a_feature_counts_as_the_longest_of_its_sequences(name):
    task = composed_task(name, "backbone=tiny", "data.sizes.train=64")
    features = features_of(task, tiny().tokenizer, count=40)
    batches = list(evaluation_loader(task, features, pad_id=1, max_tokens=MOST))
    by_id = {feature["id"]: len(inputs_of(feature)) for feature in features}
    assert {id_ for batch in batches for id_ in batch["ids"]} == set(by_id)
    for batch in batches:
        rows, width = batch["input_ids"].shape
        sequences = max(by_id[id_] for id_ in batch["ids"])
        assert rows * width <= MOST * sequences or len(set(batch["ids"])) == 1
    assert max(len(set(batch["ids"])) for batch in batches) > 1


@pytest.mark.parametrize(("most", "size"), [(1024, "at most 1,024 positions"), (None, "batches")])
def test_an_evaluation_that_does_not_fit_says_how_it_is_counted(most, size):
    text = str(evaluation_shortage("pocket_choice de", "trainer.eval_tokens", most)("out of memory"))
    assert size in text
    assert "of several sequences, such as the options of a question, the longest counts" in text
    assert text.endswith("got: out of memory; set trainer.eval_tokens=512")
