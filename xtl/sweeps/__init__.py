"""Sweeps: many cells.

The command line of a sweep, its dry run, how each cell ended, and the table of all. May import :mod:`xtl.pipeline`
and what stands below it; one of the three rooms that know Hydra.
"""
