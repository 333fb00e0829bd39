"""Tasks: what a task is. One folder a task type, with the same file names in each.

``config.py`` (schema and check), ``types.py`` (features, batches, predictions), ``reader.py`` (records to examples),
``encode.py`` (examples to features), ``collate.py`` (features to batches), ``module.py`` (the LightningModule),
``decode.py`` (scores to predictions), ``task.py`` (all of them put together) and a light ``__init__.py`` that says
``TASK_TYPE``. :mod:`xtl.tasks.registry` finds the folders; no file outside a folder names a task type. May import
:mod:`xtl.data`, :mod:`xtl.modules`, :mod:`xtl.models`, :mod:`xtl.metrics` and what stands below them.
"""
