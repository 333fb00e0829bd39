"""Tasks: what a task is. One folder a task type, with the same file names in each.

- ``__init__.py``: ``TASK_TYPE``, light to import
- ``config.py``: schema of its task files, and the check of their values
- ``types.py``: what a feature, a batch and a prediction hold
- ``reader.py``: records of files to examples, and raw lines to examples without labels
- ``encode.py``: tokenizer output to features
- ``collate.py``: features to padded batches
- ``module.py``: the LightningModule
- ``decode.py``: scores to predictions
- ``export.py``: the head, or the vectors, as other libraries hold them
- ``task.py``: the :class:`~xtl.tasks.base.Task`, all of them put together

Each folder has each of them, with two exceptions: ``mixture`` has no ``reader.py``, ``encode.py``,
``decode.py`` and ``export.py``, since the tasks that it is made of do all that; ``bitext_mining`` has no
``types.py``, ``collate.py``, ``module.py`` and ``export.py``, since it is retrieval with a threshold and
takes those of ``retrieval``, the only other type that a type imports. Whatever is of one type only stands in
files of its own beside these, such as ``masked_lm/masking.py``.

:mod:`xtl.tasks.registry` finds the folders; no file outside a folder names a task type. README.md beside this
file shows how to add one. May import :mod:`xtl.data`, :mod:`xtl.modules`, :mod:`xtl.models`,
:mod:`xtl.metrics` and what stands below them.
"""
