"""How long mining takes and how much memory: ``python -m tests.benchmarks.mining --rows 100000 --dim 384``.

Mines two noisy copies of clustered random vectors with each index that is installed, and compares what they
find. Memory is the peak beyond what the process held before, its vectors included (Linux; elsewhere: -).
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from rich.console import Console
from rich.table import Table
from torch import Tensor

from xtl.tasks.bitext_mining.config import INDEXES
from xtl.tasks.bitext_mining.decode import MinedPair, mine

_SAME_MARGIN = 1e-4
"""Sums in another order differ by less."""

_NOISE = 1.5
"""Beside a meaning of length 1: enough for a few sentences to be nearer to another one than to their copy."""


class Measured(NamedTuple):
    """One way to mine."""

    pairs: list[MinedPair]
    seconds: float
    mebibytes: float | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Mine with each index; return the number of pairs in which they differ beyond rounding."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.mining", description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000, help="sentences of each side (default: 20,000)")
    parser.add_argument("--dim", type=int, default=384, help="numbers of a vector (default: 384)")
    parser.add_argument("--threads", type=int, help="default: what torch takes")
    parser.add_argument("--index", nargs="+", choices=INDEXES, help="default: all that are installed")
    options = parser.parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    chosen = options.index or [name for name in INDEXES if name != "faiss" or find_spec("faiss")]
    sources, targets = noisy_copies(options.rows, options.dim)
    found = {name: measured(lambda name=name: mine(sources, targets, index=name)) for name in chosen}
    first = found[chosen[0]]
    table = Table("index", "seconds", "MiB beyond the vectors", "pairs", "right", f"unlike {chosen[0]}")
    for name, one in found.items():
        table.add_row(
            name,
            f"{one.seconds:,.1f}",
            "-" if one.mebibytes is None else f"{one.mebibytes:,.0f}",
            f"{len(one.pairs):,}",
            f"{sum(pair.source == pair.target for pair in one.pairs):,}",
            f"{differences(first.pairs, one.pairs):,}",
        )
    console = Console(highlight=False)
    shape = f"{options.rows:,} x {options.rows:,} sentences of {options.dim} dimensions"
    console.print(f"{shape}, {torch.get_num_threads()} threads", table, sep="\n")
    return sum(differences(first.pairs, one.pairs) for one in found.values())


def noisy_copies(rows: int, dim: int, *, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Draw sentences around topics, and two copies of each with noise: ``(rows, dim)`` twice, of length 1."""
    generator = torch.Generator().manual_seed(seed)

    def noise(count: int) -> Tensor:
        return F.normalize(torch.randn(count, dim, generator=generator), dim=-1)

    topics = noise(max(rows // 50, 1))
    topic_of_row = torch.randint(len(topics), (rows,), generator=generator)
    meanings = F.normalize(topics[topic_of_row] + noise(rows), dim=-1)
    first, second = (F.normalize(meanings + _NOISE * noise(rows), dim=-1) for _ in range(2))
    return first, second


def measured(work: Callable[[], list[MinedPair]]) -> Measured:
    """Do the work once."""
    before = _reset_peak()
    start = time.perf_counter()
    pairs = work()
    seconds = time.perf_counter() - start
    peak = None if before is None else _status("VmHWM") - before
    return Measured(pairs, seconds, peak)


def differences(one: Sequence[MinedPair], other: Sequence[MinedPair]) -> int:
    """Count sentences that are in other pairs though their margins tell them apart beyond rounding."""
    margins = [{pair[1:]: pair.score for pair in pairs} for pairs in (one, other)]
    best = [{pair.source: pair.score for pair in pairs} for pairs in (one, other)]
    return sum(
        abs(score - best[1 - side].get(pair[0], 0.0)) > _SAME_MARGIN
        for side in (0, 1)
        for pair, score in margins[side].items()
        if pair not in margins[1 - side]
    )


def _reset_peak() -> float | None:
    """Make the kernel forget the peak so far; give the memory of now in MiB, ``None`` where it cannot."""
    try:
        Path(f"/proc/{os.getpid()}/clear_refs").write_text("5")
    except OSError:
        return None
    return _status("VmRSS")


def _status(name: str) -> float:
    """Read a size of this process in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    raise SystemExit(min(main(), 1))
