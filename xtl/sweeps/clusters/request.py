"""What is asked of a cluster for a cell, by its settings and those of the launcher; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xtl.errors import ConfigError
from xtl.schemas.trainer import AUTO, TrainerConfig

_CPUS_OF_A_DEVICE = 4
"""CPUs for each device where nothing is said: one computes, the others read and write."""

_SHORTEST = 10
"""Minutes. With no more than these submitit takes each preemption for the end of the time limit."""

_LEAST_DELAY = 30
"""Seconds between a signal and the end of a job: time for a cell to end, once it has finished its step."""

_WHOLE_NUMBERS = {
    "timeout_min": (1, "24 hours are 1440"),
    "signal_delay_s": (_LEAST_DELAY, "a cell ends in that time"),
    "max_num_timeout": (0, "0: no job goes on after its time limit"),
    "array_parallelism": (1, "jobs at once"),
}
"""Settings that a launcher needs: least value, and a word on it."""

_WHOLE_NUMBERS_OR_NULL = {
    "nodes": (1, "null is trainer.nodes"),
    "gpus_per_node": (1, "null is trainer.devices; a kind of GPU is given as hydra.launcher.gres=gpu:a100:4"),
    "cpus_per_task": (1, "null is trainer.threads, or four for each device"),
    "cpus_per_gpu": (1, "null leaves it to cpus_per_task"),
}

_OF_GPUS = ("gres", "gpus_per_task")
"""Settings with which a user says himself which GPUs a node must have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """Resources of a cell.

    Attributes:
        nodes: Number of nodes, with one task each.
        cpus_per_task: CPUs of a node; ``None``: the launcher's settings say it in another way.
        gpus_per_node: GPUs of a node; ``None``: none, or the launcher's settings say it in another way.
    """

    nodes: int = 1
    cpus_per_task: int | None = None
    gpus_per_node: int | None = None

    def __str__(self) -> str:
        """The resources in words, those of the launcher's settings left out."""
        of_node = {"CPUs": self.cpus_per_task, "GPUs": self.gpus_per_node}
        parts = [f"{self.nodes} nodes" if self.nodes > 1 else "1 node"]
        return ", ".join([*parts, *(f"{count} {name}" for name, count in of_node.items() if count)])


def check_settings(settings: Mapping[str, Any]) -> None:
    """Refuse settings of the launcher with which no cell could run well.

    Args:
        settings: Settings of ``hydra.launcher``.

    Raises:
        ConfigError: for the first one, with what to do.
    """
    if settings.get("tasks_per_node", 1) != 1:
        raise ConfigError(
            "hydra.launcher.tasks_per_node: expected 1, since that task starts a process for each device, "
            f"got {settings['tasks_per_node']}; give trainer.devices={settings['tasks_per_node']}"
        )
    for name, (least, note) in _WHOLE_NUMBERS.items():
        if name in settings:
            _check_number(name, settings[name], least, note)
    for name, (least, note) in _WHOLE_NUMBERS_OR_NULL.items():
        if settings.get(name) is not None:
            _check_number(name, settings[name], least, f"or null; {note}")
    minutes = settings["timeout_min"]
    if minutes <= _SHORTEST:
        raise ConfigError(
            f"hydra.launcher.timeout_min: expected more than {_SHORTEST} minutes, got {minutes}: with fewer "
            "submitit takes each preemption for the end of the time limit, and a job that was preempted "
            f"would not be put back into the queue; give {_SHORTEST + 5} or more, a job that ends earlier "
            "costs no more"
        )
    if "signal_delay_s" in settings and settings["signal_delay_s"] >= 60 * minutes:
        raise ConfigError(
            f"hydra.launcher.signal_delay_s: expected less than {60 * minutes:,}, the seconds of "
            f"timeout_min, got {settings['signal_delay_s']:,}: the cell would be stopped as soon as it begins"
        )


def _check_number(name: str, value: object, least: int, note: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        shown = "null" if value is None else repr(value)
        raise ConfigError(
            f"hydra.launcher.{name}: expected a whole number from {least} on ({note}), got {shown}"
        )


def request_of(trainer: TrainerConfig, settings: Mapping[str, Any]) -> Request:
    """Resources that a cell needs.

    Args:
        trainer: Settings of its machine.
        settings: Settings of ``hydra.launcher``.

    Raises:
        ConfigError: if both contradict each other, or do not say how many GPUs.

    Example:
        >>> request_of(TrainerConfig(accelerator="gpu", devices=8, nodes=2), {})
        Request(nodes=2, cpus_per_task=32, gpus_per_node=8)
    """
    nodes = settings.get("nodes")
    if nodes not in (None, trainer.nodes):
        raise ConfigError(
            f"hydra.launcher.nodes: expected null or {trainer.nodes}, the value of trainer.nodes, got "
            f"{nodes}; give trainer.nodes={nodes}, which the launcher follows"
        )
    gpus = None if trainer.accelerator == "cpu" else _gpus(trainer, settings)
    devices = (gpus or 1) if trainer.devices == AUTO else int(trainer.devices)
    cpus = settings.get("cpus_per_task")
    if cpus is None and settings.get("cpus_per_gpu") is None:
        cpus = max(devices, trainer.threads or _CPUS_OF_A_DEVICE * devices)
    if cpus is not None and settings.get("cpus_per_gpu") is not None:
        raise ConfigError(
            "hydra.launcher.cpus_per_gpu: expected it without cpus_per_task, since Slurm takes one of them, "
            f"got both ({settings['cpus_per_gpu']} and {cpus})"
        )
    return Request(nodes=trainer.nodes, cpus_per_task=cpus, gpus_per_node=gpus)


def _gpus(trainer: TrainerConfig, settings: Mapping[str, Any]) -> int | None:
    if any(settings.get(name) is not None for name in _OF_GPUS):
        return None
    chosen = settings.get("gpus_per_node")
    if trainer.devices == AUTO:
        if chosen is None:
            raise ConfigError(
                "trainer.devices=auto: expected a number, since the node that the cell gets is not known "
                "yet; give trainer.devices=N, or hydra.launcher.gpus_per_node=N beside auto"
            )
        return int(chosen)
    if chosen is not None and chosen < int(trainer.devices):
        raise ConfigError(
            f"hydra.launcher.gpus_per_node: expected null or at least {trainer.devices}, the value of "
            f"trainer.devices, got {chosen}"
        )
    return int(trainer.devices if chosen is None else chosen)


def executor_parameters(request: Request, settings: Mapping[str, Any], *, is_slurm: bool) -> dict[str, Any]:
    """Parameters of submitit's executor.

    Args:
        request: Resources of a cell.
        settings: Settings of ``hydra.launcher``; those that are not xtl's own go to Slurm.
        is_slurm: Whether the executor is Slurm's, whose own parameters begin with its name.
    """
    shared = {
        "name": settings["name"],
        "timeout_min": settings["timeout_min"],
        "mem_gb": settings.get("mem_gb"),
        "nodes": request.nodes,
        "tasks_per_node": 1,
        "cpus_per_task": request.cpus_per_task,
        "gpus_per_node": request.gpus_per_node,
        "stderr_to_stdout": True,
    }
    if not is_slurm:
        return {name: value for name, value in shared.items() if value is not None}
    own = {
        name: value
        for name, value in settings.items()
        if name not in (*shared, "submitit_folder", "max_num_timeout", "srun_args") and value is not None
    }
    srun = ["--wait=60"]  # of several nodes, those that have not ended a minute after the first one hang
    if request.cpus_per_task is not None:
        # Since Slurm 22.05 srun does not take over what sbatch was asked for.
        srun.append(f"--cpus-per-task={request.cpus_per_task}")
    own["srun_args"] = [*srun, *(settings.get("srun_args") or ())]
    # Some clusters put no job back into the queue that has not asked for it.
    own["additional_parameters"] = {"requeue": True, **(settings.get("additional_parameters") or {})}
    return {**shared, **{f"slurm_{name}": value for name, value in own.items()}}
