"""All that commands import, for a process that others are forked from: importing it takes seconds.

A process with threads cannot be forked safely. What is done here starts none, and that is looked at.
"""

import threading
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import transformers.models.xlm_roberta.modeling_xlm_roberta  # noqa: F401  loaded by name, when a model is made

import xtl
from xtl.config import compose

for module in walk_packages(xtl.__path__, "xtl."):
    import_module(module.name)
compose("train")  # Hydra looks for plugins and builds its parser the first time

TASKS = Path("/proc/self/task")
NUM_THREADS = len(list(TASKS.iterdir())) if TASKS.is_dir() else threading.active_count()
"""Threads of the process after all imports, for a test."""
