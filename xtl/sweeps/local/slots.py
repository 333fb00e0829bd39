"""Slots of a machine for cells: a device each, or a share of the cores."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xtl.errors import ConfigError

_CORES_OF_A_SLOT = 4
"""Cores of a slot on a CPU, where nothing is said: more cells at once are slower for each of them."""

_VISIBLE = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """Room for a cell on one device.

    Attributes:
        number: Number of the slot, from 0.
        device: GPU as ``CUDA_VISIBLE_DEVICES`` names it; empty on a CPU.
        cores: Cores that a cell in the slot is kept on; none: it may use all.
        threads: CPU threads of a cell in the slot.
    """

    number: int
    device: str = ""
    cores: tuple[int, ...] = ()
    threads: int = 1


def gpu_slots(
    devices: Sequence[str], *, cells_per_device: int, n_jobs: int | None, threads: int
) -> list[Slot]:
    """Slots of GPUs: the first one of each device, then the second one, until there are enough.

    Args:
        devices: Names of the GPUs, as ``CUDA_VISIBLE_DEVICES`` has them.
        cells_per_device: Cells that share a device.
        n_jobs: Most slots; ``None``: as many as there are.
        threads: CPU threads that this process may use, which the slots share.

    Raises:
        ConfigError: if a number is below 1, or there are fewer slots than ``n_jobs``.
    """
    _at_least_one("cells_per_device", cells_per_device)
    available = len(devices) * cells_per_device
    count = available if n_jobs is None else _at_least_one("n_jobs", n_jobs)
    if count > available:
        raise ConfigError(
            f"hydra.launcher.n_jobs: expected at most {available} ({len(devices)} GPUs with "
            f"{cells_per_device} cells each), got {count}; for several cells on a device "
            f"give hydra.launcher.cells_per_device={-(-count // len(devices))}"
        )
    names = [device for _ in range(cells_per_device) for device in devices][:count]
    share = max(1, threads // count)
    return [Slot(number=number, device=name, threads=share) for number, name in enumerate(names)]


def cpu_slots(cores: Sequence[int], *, n_jobs: int | None, threads: int) -> list[Slot]:
    """Slots of a CPU: its cores divided among them, those that lie beside each other together.

    Args:
        cores: Cores that this process may run on; none: the system does not say.
        n_jobs: Number of slots; ``None``: one for every four threads.
        threads: CPU threads that this process may use: in a container perhaps fewer than cores.

    Raises:
        ConfigError: if there are fewer threads than slots, or no slots.
    """
    count = max(1, threads // _CORES_OF_A_SLOT) if n_jobs is None else _at_least_one("n_jobs", n_jobs)
    if count > threads:
        raise ConfigError(
            f"hydra.launcher.n_jobs: expected at most {threads}, the number of cores that this process may "
            f"use, got {count}"
        )
    ordered = sorted(cores)
    return [
        Slot(
            number=number,
            cores=tuple(ordered[len(ordered) * number // count : len(ordered) * (number + 1) // count]),
            threads=threads * (number + 1) // count - threads * number // count,
        )
        for number in range(count)
    ]


def visible_devices(environment: Mapping[str, str], *, count: int) -> list[str]:
    """Names of the GPUs that this process sees.

    Args:
        environment: Environment variables, where ``CUDA_VISIBLE_DEVICES`` may choose some of them.
        count: Number of GPUs that torch sees; of several MIG devices it sees only one.

    Example:
        >>> visible_devices({}, count=2)
        ['0', '1']
        >>> visible_devices({"CUDA_VISIBLE_DEVICES": "3,GPU-8a5e"}, count=2)
        ['3', 'GPU-8a5e']
    """
    if _VISIBLE not in environment:
        return [str(number) for number in range(count)]
    names = [name.strip() for name in environment[_VISIBLE].split(",") if name.strip()]
    if count and names and all(name.startswith("MIG-") for name in names):
        return list(dict.fromkeys(names))
    return names[:count]  # behind a name that is not there, CUDA sees no other


def visible(slots: Sequence[Slot]) -> dict[str, str]:
    """Variables that make the devices of slots, and no others, visible to a process."""
    devices = [slot.device for slot in slots if slot.device]
    return {_VISIBLE: ",".join(devices)} if devices else {}


def take(free: Sequence[Slot], count: int) -> list[Slot] | None:
    """Slots for a cell, each on a device of its own: first of the devices with most free slots.

    Args:
        free: Slots without a cell.
        count: Devices that the cell computes on.

    Returns:
        The slots; ``None`` if there are too few.
    """
    free_on = Counter(slot.device for slot in free if slot.device)
    chosen: list[Slot] = []
    for slot in sorted(free, key=lambda slot: (-free_on[slot.device], slot.number)):
        if not slot.device or all(slot.device != other.device for other in chosen):
            chosen.append(slot)
        if len(chosen) == count:
            return sorted(chosen, key=lambda slot: slot.number)
    return None


def _at_least_one(name: str, value: int) -> int:
    if value < 1:
        raise ConfigError(f"hydra.launcher.{name}: expected a number from 1 on, got {value}")
    return value
