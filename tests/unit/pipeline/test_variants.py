from dataclasses import replace

import pytest

from tests.helpers.cells import composed_cell
from xtl.pipeline.variants import variants
from xtl.store.divergence import note_divergence
from xtl.store.key import phase_key
from xtl.store.records import Phase
from xtl.store.store import PhaseStore
from xtl.tasks.build import build_task
from xtl.training.checkpointing import FILE_NAME as CHECKPOINT

TAGGING = ("target=pocket_pos", "target.recipe.batch_size=10")
RETRIEVAL = ("target=pocket_retrieval", "target.lang=[de]", "target.recipe.batch_size=10")
MIXTURE = (
    "target=pocket_pos", "intermediate=mixture", "intermediate.tasks=[pocket_pos,pocket_nli]",
    "recipe.default.batch_size=4", "+recipe.tasks.pocket_nli.batch_size=6",
)  # fmt: skip


@pytest.fixture
def store(tmp_path):
    return PhaseStore(tmp_path)


def ways(store, *settings, **trainer):
    """Ways to compute the first phase of a cell."""
    cell = composed_cell(*settings, f"trainer.precision={trainer.pop('precision', '32-true')}")
    cell = replace(cell, trainer=replace(cell.trainer, **trainer))
    phase = Phase(name="first", task=build_task(cell.intermediate or cell.target, cell.data))
    return variants(phase, "parent", cell, store), phase


def sizes(store, *settings, **trainer):
    return [way.config.trainer.micro_batch for way in ways(store, *settings, **trainer)[0]]


def test_auto_halves_the_share_of_a_device(store):
    assert sizes(store, *TAGGING, micro_batch="auto") == [None, 5, 3, 2, 1]
    assert sizes(store, *TAGGING, micro_batch="auto", devices=2, nodes=2) == [None, 2, 1]
    assert sizes(store, *TAGGING, micro_batch="auto", devices=10) == [None]
    assert sizes(store, *MIXTURE, micro_batch="auto") == [None, 3, 2, 1]


def test_a_number_is_taken_as_it_is(store):
    assert sizes(store, *TAGGING, micro_batch=4) == [4]
    assert sizes(store, *TAGGING, micro_batch=None) == [None]


def test_batches_that_are_compared_within_themselves_are_whole(store):
    assert sizes(store, *RETRIEVAL, micro_batch="auto") == [None]


def test_a_size_that_is_found_has_the_key_of_that_size_given_by_hand(store):
    found, phase = ways(store, *TAGGING, micro_batch="auto")
    keys = [way.key for way in found]
    by_hand = [ways(store, *TAGGING, micro_batch=size)[0][0].key for size in (None, 5, 3, 2, 1)]
    assert keys == by_hand
    assert len(set(keys)) == len(keys)
    assert keys[1] == phase_key(phase, "parent", found[1].config)


def test_a_phase_that_is_known_to_diverge_is_in_32_bits_in_every_size(store):
    in_half, _ = ways(store, *TAGGING, micro_batch="auto", precision="bf16-mixed")
    assert {(way.in_half, way.diverged) for way in in_half} == {(True, "")}
    note_divergence(store.root, in_half[1].key, "update 3: got nan")
    again, _ = ways(store, *TAGGING, micro_batch="auto", precision="bf16-mixed")
    in_full, _ = ways(store, *TAGGING, micro_batch="auto")
    assert [way.key for way in again] == [way.key for way in in_full]
    assert {(way.in_half, way.diverged) for way in again} == {(False, "update 3: got nan")}
    assert {way.diverged for way in in_full} == {""}


def test_what_the_store_has_is_taken_whatever_is_noted_of_other_sizes(store):
    settings = {"micro_batch": "auto", "precision": "bf16-mixed"}
    in_half, _ = ways(store, *TAGGING, **settings)
    store.put(in_half[2].key, lambda folder: None, {})
    note_divergence(store.root, in_half[1].key, "update 3: got nan")
    again, _ = ways(store, *TAGGING, **settings)
    in_full = [way.key for way in ways(store, *TAGGING, micro_batch="auto")[0]]
    assert [way.key for way in again] == [in_half[2].key, *in_full]
    assert (again[0].in_half, again[0].diverged) == (True, "")
    note_divergence(store.root, in_half[2].key, "update 3: got nan")
    assert [way.key for way in ways(store, *TAGGING, **settings)[0]] == in_full


def test_a_size_that_has_a_checkpoint_comes_before_those_that_did_not_fit(store):
    found, _ = ways(store, *TAGGING, micro_batch="auto")
    store.put(found[1].key, lambda folder: None, {})
    folder = store.unfinished(found[3].key)
    folder.mkdir(parents=True)
    assert sizes(store, *TAGGING, micro_batch="auto") == [5, None, 3, 2, 1]
    (folder / CHECKPOINT).touch()
    assert sizes(store, *TAGGING, micro_batch="auto") == [5, 2, 1]


def test_nothing_is_tried_under_fsdp2(store):
    assert sizes(store, *TAGGING, micro_batch="auto", devices=2, strategy="fsdp2") == [None]
