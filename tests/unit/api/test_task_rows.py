"""Rows of a task of each type: the batches are those of the pipeline, dealt out."""

import pytest

from tests.helpers.cells import composed_cell
from tests.helpers.tasks import SEVERAL, SMALL_SIZES, TASK_OF_TYPE
from xtl.api.task_rows import Dealing, TaskRows
from xtl.caching.session import SessionCache
from xtl.errors import ConfigError, DataNotFoundError
from xtl.tasks.loaders import evaluation_loader, training_loader

TRAINED = sorted(set(TASK_OF_TYPE) - {"bitext_mining", "mixture"})
TWO = [Dealing(rank=rank, processes=2) for rank in (0, 1)]
FIT = ("target.recipe.epochs=1", "target.recipe.selection=last", "target.recipe.batch_size=4")


def rows_of(name, *overrides):
    return TaskRows(config=composed_cell(f"target={name}", *SMALL_SIZES, *overrides), cache=SessionCache())


def ids(loader):
    return [list(batch["ids"]) for batch in loader]


@pytest.mark.parametrize("task_type", TRAINED)
def test_training_batches_are_the_pipelines(task_type):
    lang = ["target.lang=[de]"] if task_type == "retrieval" else []
    rows = rows_of(TASK_OF_TYPE[task_type], *FIT, *lang)
    pad_id = rows.tokenizer.pad_token_id
    expected, _ = training_loader(rows.task, rows.train_features, pad_id=pad_id, updates=None, seed=3)
    assert ids(rows.training_batches(seed=3, dealing=Dealing())) == ids(expected)
    shares = [ids(rows.training_batches(seed=3, dealing=dealing)) for dealing in TWO]
    assert len(shares[0]) == len(shares[1])
    assert [batch for turn in zip(*shares, strict=True) for batch in turn][: len(expected)] == ids(expected)


@pytest.mark.parametrize("task_type", sorted(set(TASK_OF_TYPE) - {"mixture"}))
def test_evaluation_reads_each_example_once(task_type):
    rows = rows_of(TASK_OF_TYPE[task_type])
    lang = next(iter(rows.tests))
    pad_id = rows.tokenizer.pad_token_id
    whole = evaluation_loader(rows.task, rows.features(lang, "test"), pad_id=pad_id, max_tokens=1024)
    assert ids(rows.evaluation_batches(lang, "test", dealing=Dealing())) == ids(whole)
    if task_type == "bitext_mining":  # one example: a language is scored whole
        return
    shares = [ids(rows.evaluation_batches(lang, "test", dealing=dealing)) for dealing in TWO]
    read = [{id_ for batch in share for id_ in batch} for share in shares]
    assert not read[0] & read[1]
    assert read[0] | read[1] == {id_ for batch in ids(whole) for id_ in batch}
    if not rows.task.type.packs_examples:
        assert read[0] | read[1] == {example.id for example in rows.tests[lang].examples}


def test_more_processes_than_batches_share_single_examples_and_more_than_examples_are_refused():
    rows = rows_of("pocket_pos", "trainer.eval_tokens=100000")
    shares = [
        ids(rows.evaluation_batches("de", "test", dealing=Dealing(rank=rank, processes=12)))
        for rank in range(12)
    ]
    assert [len(share) for share in shares] == [1] * 12
    with pytest.raises(DataNotFoundError, match="an example for each of 13 processes, got 12; use fewer"):
        rows.evaluation_batches("de", "test", dealing=Dealing(rank=0, processes=13))


def test_a_mixture_trains_and_validates_all_its_tasks_and_is_tested_by_none():
    mixture = ("intermediate=mixture", f"intermediate.tasks=[{','.join(SEVERAL)}]")
    config = composed_cell("target=pocket_pos", *mixture, *SMALL_SIZES)
    rows = TaskRows(config=config, cache=SessionCache())
    batches = list(rows.training_batches(seed=0, dealing=Dealing()))
    assert {batch["member"] for batch in batches} == set(SEVERAL)
    validation = list(rows.evaluation_batches("en", "validation", dealing=Dealing()))
    assert {batch["member"] for batch in validation} == set(SEVERAL)
    with pytest.raises(ConfigError, match="expected one task to test, got 3 that train together"):
        _ = rows.tests


def test_a_task_without_rows_to_train_on_says_so():
    rows = rows_of("pocket_retrieval")
    with pytest.raises(DataNotFoundError, match="'pocket_retrieval': expected rows to train on, got none"):
        rows.training_batches(seed=0, dealing=Dealing())
