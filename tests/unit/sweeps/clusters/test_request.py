"""What Slurm is asked for, by the settings of a cell and of the launcher; what is refused."""

import pytest
import yaml

from tests.helpers.compose import compose_train
from xtl.config import conf_dir
from xtl.errors import ConfigError
from xtl.schemas.trainer import TrainerConfig
from xtl.sweeps import plugins
from xtl.sweeps.clusters.request import Request, check_settings, executor_parameters, request_of


def settings_of(name, **changed):
    values = yaml.safe_load((conf_dir() / f"hydra/launcher/{name}.yaml").read_text(encoding="utf-8"))
    del values["_target_"]
    return {**values, **changed}


def trainer(**changed):
    return TrainerConfig(**{"accelerator": "gpu", **changed})


@pytest.mark.parametrize(
    ("cell", "settings", "request_"),
    [
        ({}, {}, Request(nodes=1, cpus_per_task=4, gpus_per_node=1)),
        ({"devices": 8, "nodes": 2}, {}, Request(nodes=2, cpus_per_task=32, gpus_per_node=8)),
        ({"devices": 8, "threads": 64}, {}, Request(cpus_per_task=64, gpus_per_node=8)),
        ({"devices": 4, "threads": 2}, {}, Request(cpus_per_task=4, gpus_per_node=4)),  # a process a device
        ({"accelerator": "auto", "devices": 2}, {}, Request(cpus_per_task=8, gpus_per_node=2)),
        ({"accelerator": "cpu", "devices": 2}, {}, Request(cpus_per_task=8)),
        ({"accelerator": "cpu", "devices": "auto"}, {}, Request(cpus_per_task=4)),
        ({"devices": "auto"}, {"gpus_per_node": 4}, Request(cpus_per_task=16, gpus_per_node=4)),
        ({"devices": 2}, {"gpus_per_node": 4, "cpus_per_task": 3}, Request(cpus_per_task=3, gpus_per_node=4)),
        # Slurm takes CPUs by task or by GPU, never both; and other words for GPUs replace ours.
        ({"devices": 2}, {"cpus_per_gpu": 10}, Request(gpus_per_node=2)),
        ({"devices": 2}, {"gres": "gpu:a100:2"}, Request(cpus_per_task=8)),
    ],
)
def test_resources_follow_from_the_cell(cell, settings, request_):
    assert request_of(trainer(**cell), settings) == request_


@pytest.mark.parametrize(
    ("cell", "settings", "message"),
    [
        ({}, {"nodes": 2}, r"hydra.launcher.nodes: expected null or 1, .* got 2; give trainer.nodes=2"),
        ({"devices": "auto"}, {}, r"trainer.devices=auto: expected a number"),
        ({"devices": 4}, {"gpus_per_node": 2}, r"gpus_per_node: expected null or at least 4, .* got 2"),
        ({}, {"cpus_per_gpu": 8, "cpus_per_task": 8}, r"cpus_per_gpu: expected it without cpus_per_task"),
    ],
)
def test_settings_that_contradict_the_cell_are_refused(cell, settings, message):
    with pytest.raises(ConfigError, match=message):
        request_of(trainer(**cell), settings)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"timeout_min": 10}, r"timeout_min: expected more than 10 minutes, got 10: .* each preemption"),
        ({"tasks_per_node": 8}, r"tasks_per_node: expected 1, .* got 8; give trainer.devices=8"),
        ({"array_parallelism": 0}, r"array_parallelism: expected a whole number from 1 on .*, got 0"),
        ({"array_parallelism": None}, r"array_parallelism: expected a whole number from 1 on .*, got null"),
        ({"timeout_min": None}, r"timeout_min: expected a whole number .*24 hours are 1440.*, got null"),
        ({"timeout_min": "24:00:00"}, r"timeout_min: expected a whole number .*, got '24:00:00'"),
        ({"timeout_min": True}, r"timeout_min: expected a whole number .*, got True"),
        ({"gpus_per_node": "a100:4"}, r"gpus_per_node: .*or null; .*gres=gpu:a100:4\), got 'a100:4'"),
        ({"cpus_per_task": "8"}, r"cpus_per_task: expected a whole number from 1 on .*, got '8'"),
        ({"nodes": 0}, r"launcher.nodes: expected a whole number from 1 on .*, got 0"),
    ],
)
@pytest.mark.parametrize("name", ["submitit_slurm", "submitit_local"])
def test_settings_with_which_no_cell_runs_well_are_refused(name, changed, message):
    check_settings(settings_of(name))
    with pytest.raises(ConfigError, match=message):
        check_settings(settings_of(name, **changed))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"signal_delay_s": 29}, r"signal_delay_s: expected a whole number from 30 on .*, got 29"),
        ({"signal_delay_s": None}, r"signal_delay_s: expected a whole number from 30 on .*, got null"),
        ({"signal_delay_s": 1800, "timeout_min": 30}, r"signal_delay_s: expected less than 1,800, .* 1,800"),
        ({"max_num_timeout": -1}, r"max_num_timeout: expected a whole number from 0 on .*, got -1"),
    ],
)
def test_times_in_which_no_cell_ends_well_are_refused(changed, message):
    with pytest.raises(ConfigError, match=message):
        check_settings(settings_of("submitit_slurm", **changed))


def test_slurm_gets_what_it_is_asked_for_and_its_own_settings():
    settings = settings_of("submitit_slurm", partition="gpu", exclude="n7", srun_args=["-v"], mem_gb=64)
    found = executor_parameters(Request(nodes=2, cpus_per_task=8, gpus_per_node=2), settings, is_slurm=True)
    of_all = ("name", "timeout_min", "stderr_to_stdout")
    assert {
        name: value for name, value in found.items() if value is not None and name not in of_all
    } == {
        "nodes": 2, "tasks_per_node": 1, "cpus_per_task": 8, "gpus_per_node": 2, "mem_gb": 64,
        "slurm_partition": "gpu", "slurm_exclude": "n7", "slurm_signal_delay_s": 120,
        "slurm_array_parallelism": 256, "slurm_additional_parameters": {"requeue": True},
        # srun takes over no CPUs from sbatch since 22.05
        "slurm_srun_args": ["--wait=60", "--cpus-per-task=8", "-v"],
    }  # fmt: skip
    local = executor_parameters(Request(gpus_per_node=2), settings_of("submitit_local"), is_slurm=False)
    assert (local["gpus_per_node"], local["timeout_min"]) == (2, 1440)
    assert not any(name.startswith("slurm") for name in local)


def test_submitit_writes_what_it_is_given(tmp_path, monkeypatch):
    slurm = pytest.importorskip("submitit.slurm.slurm", reason="pip install submitit")
    settings = settings_of("submitit_slurm", partition="gpu", setup=["module load cuda"])
    found = executor_parameters(Request(nodes=2, cpus_per_task=8, gpus_per_node=4), settings, is_slurm=True)
    monkeypatch.setattr("shutil.which", lambda name, **_: f"/usr/bin/{name}")
    import submitit

    executor = submitit.AutoExecutor(tmp_path, cluster="slurm", slurm_max_num_timeout=3)
    executor.update_parameters(**found)
    text = slurm._make_sbatch_string("run", tmp_path, **executor._executor.parameters)
    lines = [
        "#SBATCH --nodes=2", "#SBATCH --ntasks-per-node=1", "#SBATCH --cpus-per-task=8", "#SBATCH --requeue",
        "#SBATCH --gpus-per-node=4", "#SBATCH --time=1440", "#SBATCH --signal=USR2@120", "module load cuda",
    ]  # fmt: skip
    assert [line for line in lines if line not in text] == []
    assert "srun --unbuffered" in text
    assert "--wait=60 --cpus-per-task=8 run" in text


def test_the_launchers_are_chosen_by_name():
    plugins.register()  # as commands do; then that of hydra-submitit-launcher is not asked for a schema
    for name in ("submitit_slurm", "submitit_local"):
        assert compose_train(f"hydra/launcher={name}").seed == 1
