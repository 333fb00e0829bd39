"""Api: cells and data of xtl in a few lines of another program.

:func:`run` composes, validates and runs one cell; :class:`XtlDataModule` gives any task to a plain Trainer
of Lightning. Both are loaded by name from :mod:`xtl`. They read ``conf/``, so they need Hydra, and leave it
as it was. May import :mod:`xtl.pipeline` and what stands below it.
"""

from xtl.api.cells import run
from xtl.api.data_module import XtlDataModule

__all__ = ["XtlDataModule", "run"]
