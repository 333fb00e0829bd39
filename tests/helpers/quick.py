"""Repeated work of other libraries that no test has to do with, done once or not at all."""

import os
import sys
from functools import cache


def skip_repeated_work() -> None:
    """Wait for no disk, and read the metadata of installed packages once.

    A run writes a dozen files, and waiting until a disk has each for good takes as long as training a tiny
    cell; only a loss of power could tell. Lightning looks through all installed packages for each trainer.
    """
    os.fsync = lambda descriptor: None
    registry = sys.modules.get("lightning.fabric.utilities.registry")
    if registry is not None:  # importing it takes seconds, and what has not does not train
        registry.entry_points = cache(registry.entry_points)
