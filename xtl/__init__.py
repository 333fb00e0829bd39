"""Train one multilingual encoder in phases, score it zero-shot, measure what more data brings.

The way of the data::

    raw files, the hub, pocket
       |  xtl.readers                  one reader for each file format
    records
       |  xtl.tasks.<type>.reader
    examples                           xtl.types
       |  xtl.tasks.<type>.encode      pure: sub-word ids in, features out
    features                           xtl.caching
       |  xtl.data                     subsets, batches; xtl.tasks.<type>.collate
    batches
       |  xtl.models                   the shared backbone
       |  xtl.tasks.<type>.module      one small LightningModule for each task type
    scores
       |  xtl.tasks.<type>.decode      pure
    predictions                        parquet, by uid
       |  xtl.metrics                  pure function first, stateful twin second
    results                            xtl.results, one line a number
       |  xtl.statistics               contrasts, intervals, verdicts
       |  xtl.report                   tables and pictures
    report

The rooms, from the ground up; each imports only rooms that stand before it:

- ``errors`` ``languages`` ``language_registry`` ``counts`` ``progress`` ``terminal`` ``atomic`` ``cache``
  ``digest`` ``stops`` ``threads``: small things that all rooms use
- ``types``: the words that all share: what an example is
- ``schemas``: dataclasses of ``conf/``; ``results``: one line a number
- ``readers``: one file a format; ``models``: the backbone; ``metrics``: predictions to numbers;
  ``pocket``: the benchmark that comes with xtl; ``statistics``: what may be said of a sweep's results
- ``data``: records to batches, whatever the task; ``modules``: what every LightningModule shares
- ``tasks``: what a task is, one folder a task type
- ``config``: from ``conf/`` to plain objects
- ``distributed``: one cell on several devices
- ``training``: one fit; ``caching``: what the cells of one process share
- ``store``: finished phases; ``runs``: one run on disk
- ``evaluation``: scores of every language; ``tracking``: views of a run elsewhere, such as wandb
- ``pipeline``: from a config to results; ``prediction``: raw text in, records out; ``inspection``: a look at
  data without training; ``export``: finished runs as folders that other libraries load
- ``sweeps``: many cells; ``report``: tables and pictures; ``api``: cells and data in another program
- ``cli``: the commands

Everything below ``config`` takes built objects and can be imported on its own, without Hydra. Another package
adds a task type with :func:`xtl.register`.

The public door: :class:`XtlDataModule` gives any task to a plain Trainer, :func:`run` runs a cell,
:func:`table` reads the results of many, :class:`XtlError` is the base of all errors of xtl.
README.md beside this file lists the public names of each room.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xtl.api import XtlDataModule, run
    from xtl.errors import XtlError
    from xtl.results import table
    from xtl.tasks.registry import register

__all__ = ["XtlDataModule", "XtlError", "__version__", "register", "run", "table"]
__version__ = "0.1.0"

_HOME = {
    "XtlDataModule": "xtl.api",
    "XtlError": "xtl.errors",
    "register": "xtl.tasks.registry",
    "run": "xtl.api",
    "table": "xtl.results",
}
"""Room of each public name."""


def __getattr__(name: str) -> object:
    """Public name, imported on first access, so that ``import xtl`` alone imports nothing else."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    """Public names, those that are not loaded yet among them."""
    return sorted({*globals(), *__all__})
