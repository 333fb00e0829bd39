"""Whether a cell is done, asked on a machine that has other devices than the one it ran on."""

from dataclasses import replace

import pytest

from tests.helpers.cells import composed_cell
from tests.helpers.factories import result
from xtl import config, results
from xtl.runs import fingerprint
from xtl.runs.fingerprint import is_complete, run_fingerprint


@pytest.fixture
def cell(monkeypatch):
    monkeypatch.setattr(fingerprint, "changed_inputs", lambda config, folder: "")
    return composed_cell(
        "target=pocket_pos", "backbone=tiny", "trainer.accelerator=gpu", "trainer.devices=auto"
    )


def test_a_cell_that_ran_on_other_devices_is_done(cell, tmp_path):
    there = replace(cell.trainer, devices=8, precision="bf16-mixed", eval_tokens=16_384)
    ran = replace(cell, trainer=there)
    results.write(
        tmp_path / "results.jsonl", [result(cell=run_fingerprint(ran), train_task=cell.target.name)]
    )
    (tmp_path / "config.yaml").write_text(config.dump(ran), encoding="utf-8")
    assert is_complete(cell, tmp_path, is_elsewhere=True)
    assert not is_complete(cell, tmp_path)  # here it would run on a CPU
    other = replace(cell, trainer=replace(cell.trainer, precision="32-true"))
    assert not is_complete(other, tmp_path, is_elsewhere=True)
    (tmp_path / "config.yaml").unlink()
    assert not is_complete(cell, tmp_path, is_elsewhere=True)
