"""What this machine has for cells; the one file of the launcher that asks torch."""

import os
from collections.abc import Collection

import torch

from xtl.schemas.trainer import TrainerConfig
from xtl.sweeps.local.slots import Slot, cpu_slots, gpu_slots, visible_devices
from xtl.threads import usable_cores
from xtl.training.device import pick_device, pick_devices


def slots_of_machine(
    accelerators: Collection[str], *, n_jobs: int | None = None, cells_per_device: int = 1
) -> list[Slot]:
    """Slots for cells: GPUs if a cell computes on one.

    Args:
        accelerators: ``trainer.accelerator`` of the cells.
        n_jobs: Number of slots; ``None``: what suits the machine.
        cells_per_device: Cells that share a GPU.

    Raises:
        ConfigError: if there is no room for so many slots.
    """
    kinds = {pick_device(accelerator).type for accelerator in accelerators}
    threads = usable_cores()
    if "cuda" in kinds:
        devices = visible_devices(os.environ, count=torch.cuda.device_count())
        return gpu_slots(devices, cells_per_device=cells_per_device, n_jobs=n_jobs, threads=threads)
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if "mps" in kinds and n_jobs is None:
        n_jobs = 1  # one device, which has no name
    return cpu_slots(cores, n_jobs=n_jobs, threads=threads)


def devices_of(trainer: TrainerConfig) -> int:
    """Number of slots that a cell takes.

    Raises:
        ConfigError: if the machine has not as many devices.
    """
    return pick_devices(trainer.devices, pick_device(trainer.accelerator))
