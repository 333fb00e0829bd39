"""A fit in a process of a Slurm job: Lightning leaves ranks, signals and requeueing alone."""

import pytest
from lightning import Trainer
from lightning.fabric.plugins.environments import LightningEnvironment

from xtl.distributed.group import ALONE
from xtl.schemas.trainer import TrainerConfig
from xtl.training.devices import devices_of


@pytest.mark.parametrize("tasks", ["1", "4"])
@pytest.mark.parametrize("name", ["xtl", "bash", "interactive"])
def test_a_fit_on_one_device_takes_over_nothing_of_slurms(tasks, name, monkeypatch):
    job = {"NTASKS": tasks, "JOB_NAME": name, "JOB_ID": "17", "PROCID": "0", "LOCALID": "0", "NODELIST": "n1"}
    for variable, value in job.items():
        monkeypatch.setenv(f"SLURM_{variable}", value)
    trainer = Trainer(
        accelerator="cpu", logger=False, **devices_of(TrainerConfig(precision="32-true"), ALONE)
    )
    assert type(trainer._accelerator_connector.cluster_environment) is LightningEnvironment
    assert trainer.world_size == 1
