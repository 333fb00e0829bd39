"""Repeated work of other libraries that no test has to do with, done once or not at all."""

import logging
import os
import sys
from functools import cache


def skip_repeated_work() -> None:
    """Wait for no disk, and read the metadata of installed packages once.

    A run writes a dozen files, and waiting until a disk has each for good takes as long as training a tiny
    cell; only a loss of power could tell. Lightning looks through all installed packages for each trainer.
    pytest adds its handlers to each logger that does not hand on its messages, three times a test, and torch
    has fifty of those.
    """
    os.fsync = lambda descriptor: None
    registry = sys.modules.get("lightning.fabric.utilities.registry")
    if registry is not None:  # importing it takes seconds, and what has not does not train
        registry.entry_points = cache(registry.entry_points)
    for name, logger in logging.root.manager.loggerDict.items():
        if name.startswith("torch.") and isinstance(logger, logging.Logger):
            logger.propagate = True
