"""Sweeps: many cells.

The command line of a sweep, how Hydra launches its cells, how each one ended, the table of all, and the dry
run. May import :mod:`xtl.pipeline` and what stands below it; one of the three rooms that know Hydra.
"""
