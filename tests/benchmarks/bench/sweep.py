"""A sweep of tiny cells whose intermediate phases are shared, or the same cells as commands of their own."""

import os
import resource
import subprocess
import sys
import time
from shutil import rmtree
from typing import Any

from tests.benchmarks.processes import ROOT, Setting

_SETTINGS = (
    "backbone=tiny", "target=pocket_pos", "intermediate=pocket_nli", "intermediate.lang=de",
    "trainer.accelerator=cpu", "trainer.compare_selections=false", "trainer.save_encoder=false",
)  # fmt: skip

_SIZES, _SEEDS = (0, 50, 200, 600), (1, 2, 3)


def sweep_of_cells(setting: Setting, *, shared: bool) -> dict[str, Any]:
    """Cells a second, starting included.

    Args:
        setting: Folder, and the precision.
        shared: Whether they are one sweep; else each is a command with a cache of its own.
    """
    folder = setting.folder / "work" / ("sweep" if shared else "cells")
    rmtree(folder, ignore_errors=True)  # or a second round would find its phases in the store
    cells = [(size, seed) for seed in _SEEDS for size in _SIZES]
    if shared:
        sizes, seeds = (",".join(map(str, numbers)) for numbers in (_SIZES, _SEEDS))
        grid = ("-m", f"intermediate.size={sizes}", f"seed={seeds}", f"hydra.sweep.dir={folder}")
        commands = [(grid, folder / "cache")]
    else:
        commands = [
            ((f"intermediate.size={size}", f"seed={seed}", f"hydra.run.dir={folder}/{size}-{seed}"),
             folder / f"cache-{size}-{seed}")
            for size, seed in cells
        ]  # fmt: skip
    settings = (*_SETTINGS, f"trainer.precision={setting.precision}")
    begin = time.perf_counter()
    for arguments, cache in commands:
        subprocess.run(
            [sys.executable, "-c", "from xtl.cli.train import main; main()", *arguments, *settings],
            check=True, env={**os.environ, "XTL_CACHE": str(cache), "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    seconds = time.perf_counter() - begin
    return {
        "rate": len(cells) / seconds,
        "seconds": seconds,
        "peak_bytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024,
    }
