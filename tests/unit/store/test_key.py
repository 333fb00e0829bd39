from dataclasses import replace

import pytest

from tests.helpers.cells import composed_cell
from xtl.runs.fingerprint import run_fingerprint
from xtl.store.key import phase_key
from xtl.store.records import Phase
from xtl.tasks.build import build_task
from xtl.tasks.registry import own_types, register, task_type


def keys(**trainer):
    """Key of a phase and of a cell, with settings of the machine."""
    cell = composed_cell("target=pocket_pos", "trainer.precision=32-true", "trainer.eval_tokens=1024")
    cell = replace(cell, trainer=replace(cell.trainer, **trainer))
    phase = Phase(name="target", task=build_task(cell.target, cell.data))
    return phase_key(phase, "parent", cell), run_fingerprint(cell)


def test_sharing_out_an_update_makes_another_phase_and_another_cell():
    settings = [{}, {"devices": 2}, {"devices": 2, "micro_batch": 4}, {"micro_batch": 4}, {"devices": 4}]
    settings += [{"micro_batch_tokens": 4}, {"micro_batch_tokens": 512}]
    found = [keys(**trainer) for trainer in settings]
    assert len({key for key, _ in found}) == len({cell for _, cell in found}) == len(settings)


def test_nodes_and_their_devices_count_together():
    assert keys(devices=4) == keys(devices=2, nodes=2)
    assert keys() == keys(devices=1, nodes=1, micro_batch=None, micro_batch_tokens=None)


def test_other_kernels_train_another_phase():
    assert keys() == keys(kernels="xtl")
    assert keys(kernels="torch")[0] != keys()[0]
    assert keys(kernels="torch")[1] != keys()[1]


@pytest.mark.parametrize(
    "overrides",
    [
        ("target=pocket_qa",),
        ("target=pocket_pos", "intermediate=mixture", "intermediate.tasks=[pocket_pos,pocket_qa]"),
    ],
    ids=["itself", "a member of a mixture"],
)
def test_another_version_of_a_task_type_trains_another_phase(overrides):
    cell = composed_cell(*overrides, "data=pocket", "trainer.precision=32-true")
    config = cell.intermediate or cell.target

    def both():
        phase = Phase(name="trained", task=build_task(config, cell.data))
        return phase_key(phase, "parent", cell), run_fingerprint(cell)

    now = both()
    register(replace(task_type("span_qa"), version=task_type("span_qa").version + 1))
    try:
        later = both()
    finally:
        register(own_types()["span_qa"])
    assert all(before != after for before, after in zip(now, later, strict=True))
