"""Data: records to batches, whatever the task.

Sources (files, the hub, pocket), raw lines, splits and nested subsets, rows on disk, batches of similar
length, mixing of tasks. May import :mod:`xtl.readers`, :mod:`xtl.pocket`, :mod:`xtl.types` and what stands
below them; knows no task type.
"""
