"""Planning in words: what the questions of a pilot need, and what a sweep can expect to find.

Tables and lines for the terminal of what :mod:`xtl.statistics.planning` computes. May import what
:mod:`xtl.report` may.
"""

from xtl.report.planning.power import grid_table, power_record, requirement_table

__all__ = ["grid_table", "power_record", "requirement_table"]
