"""Two sweeps beside each other: what changed in their scores, with intervals, and in their settings.

May import what :mod:`xtl.report` may.
"""

from xtl.report.comparison.compare import Comparison, Difference, compare
from xtl.report.comparison.render import comparison_record, difference_table, shared_method

__all__ = [
    "Comparison",
    "Difference",
    "compare",
    "comparison_record",
    "difference_table",
    "shared_method",
]
