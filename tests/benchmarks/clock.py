"""Time and memory of a training, measured alike on both sides."""

import resource
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from tests.benchmarks.workloads import Hook, Workload


@dataclass(kw_only=True)
class Clock:
    """Times the second of two epochs: by then weights are on the device, and kernels chosen or compiled.

    Attributes:
        device: ``cuda`` or ``cpu``.
        updates: Updates of an epoch.
        at_begin: Called when the second epoch begins.
        at_end: Called when it has ended.
        seconds: Its duration; 0 before its end.
        peak_bytes: Most memory since this was made.
    """

    device: str
    updates: int
    at_begin: Hook = lambda: None
    at_end: Hook = lambda: None
    seconds: float = field(default=0.0, init=False)
    peak_bytes: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._start = 0.0
        if self.device == "cuda":
            torch.cuda.reset_peak_memory_stats()

    def before(self, done: int) -> None:
        """An update begins; so many were done before."""
        if done == self.updates:
            self._wait()
            self.at_begin()
            self._start = time.perf_counter()

    def after(self, done: int) -> None:
        """An update has ended; so many are done now."""
        if done == 2 * self.updates and not self.seconds:
            self._wait()
            self.seconds = time.perf_counter() - self._start
            self.at_end()
            self.peak_bytes = peak_bytes(self.device)

    def _wait(self) -> None:
        if self.device == "cuda":
            torch.cuda.synchronize()


def peak_bytes(device: str) -> int:
    """Most memory so far: that of tensors on a GPU, that of the process on a CPU."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def training_record(
    work: Workload, clock: Clock, trained: Mapping[str, Any], *, precision: str
) -> dict[str, Any]:
    """What one side's training gave, with what must be the same on both sides.

    Args:
        work: Training that was done.
        clock: Clock of its second epoch.
        trained: What the side returned.
        precision: Precision that it computed in.
    """
    return {
        **trained,
        "rows": work.batch_size * work.updates,
        "batch_size": work.batch_size,
        "precision": precision,
        "loss_margin": work.loss_margin,
        "block_weights": work.shape.block_weights,
        "seconds": clock.seconds,
        "peak_bytes": clock.peak_bytes,
    }
