"""Counts per example: what the metrics of a language are computed from, again and on other draws of it.

Evaluation stores them beside the predictions, without any text. A file says by itself which formulas make the
task's metrics of its columns, so that a report knows no task type. Its own files may import the files of
:mod:`xtl.statistics` that stand beside this folder, and pyarrow.
"""

from xtl.statistics.examples.counts import ExampleCounts
from xtl.statistics.examples.files import counts_path, read_counts, write_counts
from xtl.statistics.examples.formulas import Formula, Kind
from xtl.statistics.examples.redraw import redrawn_scores, scores_of

__all__ = [
    "ExampleCounts",
    "Formula",
    "Kind",
    "counts_path",
    "read_counts",
    "redrawn_scores",
    "scores_of",
    "write_counts",
]
