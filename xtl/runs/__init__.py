"""Runs: one run on disk.

The run folder and its files, the environment, what identifies a run in its results, whether it is complete,
and opening a finished run again. May import :mod:`xtl.store`, :mod:`xtl.config` and what stands below them.
"""
