"""What is measured of the machine: what it is, its peak in matrix products, where a training spends time."""

import platform
import time
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import torch

from tests.benchmarks import xtl_side
from tests.benchmarks.clock import Clock
from tests.benchmarks.workloads import Workload

PACKAGES = ("xtl", "torch", "transformers", "lightning", "accelerate", "tokenizers", "numpy")


class Operator(NamedTuple):
    """What one kind of operation took.

    Attributes:
        name: Its name in torch, or that of a kernel.
        seconds: Time in it, without what it calls.
        calls: How often it ran.
    """

    name: str
    seconds: float
    calls: int


def environment(device: str) -> dict[str, Any]:
    """Card and versions.

    Raises:
        RuntimeError: if there is no such device.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise RuntimeError(
            f"expected a GPU that torch can use, got none (torch {torch.__version__}, built for CUDA "
            f"{torch.version.cuda}); --device cpu tries everything without one"
        )
    found: dict[str, Any] = {name: _version(name) for name in PACKAGES}
    found |= {"python": platform.python_version(), "cuda": torch.version.cuda, "device": device}
    if device == "cuda":
        card = torch.cuda.get_device_properties(0)
        found |= {
            "name": card.name,
            "gib": round(card.total_memory / 2**30, 1),
            "capability": f"{card.major}.{card.minor}",
            "devices": torch.cuda.device_count(),
        }
    else:
        found |= {"name": _cpu_name(), "threads": torch.get_num_threads()}
    return found


def matrix_peaks(device: str, *, seconds: float) -> dict[str, float]:
    """Operations a second, in 10^12, of the product of two large matrices by arithmetic.

    Args:
        device: ``cuda`` or ``cpu``.
        seconds: Time to spend on each.
    """
    size = 8192 if device == "cuda" else 768
    kinds = {"32-true": torch.float32, "bf16-mixed": torch.bfloat16}
    if device == "cuda":
        kinds["16-mixed"] = torch.float16
    return {name: _tflops(device, kind, size, seconds) for name, kind in kinds.items()}


def _tflops(device: str, kind: torch.dtype, size: int, seconds: float) -> float:
    left, right = (torch.randn(size, size, device=device).to(kind) for _ in range(2))
    operations = 2 * size**3
    best, end = 0.0, time.perf_counter() + seconds
    while not best or time.perf_counter() < end:
        begin = time.perf_counter()
        for _ in range(5):
            left @ right
        if device == "cuda":
            torch.cuda.synchronize()
        best = max(best, 5 * operations / (time.perf_counter() - begin))
    return best / 1e12


def profiled(work: Workload, *, device: str, precision: str, folder: Path) -> dict[str, Any]:
    """Where the second epoch of xtl's training of a workload spends its time."""
    kinds = [torch.profiler.ProfilerActivity.CPU]
    if device == "cuda":
        kinds.append(torch.profiler.ProfilerActivity.CUDA)
    profiler = torch.profiler.profile(activities=kinds)
    clock = Clock(device=device, updates=work.updates, at_begin=profiler.start, at_end=profiler.stop)
    xtl_side.train(work, clock=clock, precision=precision, folder=folder)
    attribute = "self_device_time_total" if device == "cuda" else "self_cpu_time_total"
    # Kernels stand in the list a second time, under names of their own, beside what has launched them.
    launched = [item for item in profiler.key_averages() if str(item.device_type).endswith("CPU")]
    operators = [Operator(item.key, getattr(item, attribute) / 1e6, item.count) for item in launched]
    busy = sum(operator.seconds for operator in operators)
    return {
        "seconds": clock.seconds,
        # Beyond 1 where kernels overlap, or where several threads of a CPU count.
        "busy": busy / clock.seconds,
        "operators": top_operators(operators, count=12),
    }


def top_operators(operators: Iterable[Operator], *, count: int) -> list[dict[str, Any]]:
    """Those that took longest, with their share of all.

    Example:
        >>> top_operators([Operator("mm", 3.0, 7), Operator("add", 1.0, 2), Operator("to", 0.0, 9)], count=1)
        [{'name': 'mm', 'seconds': 3.0, 'share': 0.75, 'calls': 7}]
    """
    ranked = sorted((operator for operator in operators if operator.seconds), key=lambda item: -item.seconds)
    whole = sum(operator.seconds for operator in ranked)
    return [
        {"name": name, "seconds": seconds, "share": seconds / whole, "calls": calls}
        for name, seconds, calls in ranked[:count]
    ]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
