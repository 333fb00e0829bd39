from dataclasses import replace

from tests.helpers.cells import composed_cell
from xtl.runs.fingerprint import run_fingerprint
from xtl.store.key import phase_key
from xtl.store.records import Phase
from xtl.tasks.build import build_task


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
