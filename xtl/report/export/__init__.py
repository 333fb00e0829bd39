"""Results in the formats of others: records that leave xtl and can be read without it.

May import what :mod:`xtl.report` may.
"""

from xtl.report.export.every_eval_ever import evaluation_records

__all__ = ["evaluation_records"]
