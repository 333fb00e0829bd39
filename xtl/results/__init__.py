"""Results: one score a line, beside it all that identifies its run; many runs together as one table."""

from xtl.errors import renamed_names
from xtl.results.files import FILE_NAME, read, read_whole_lines, write
from xtl.results.gather import gather
from xtl.results.lines import (
    BEST_MEAN,
    BEST_VALIDATION,
    LAST,
    NO_PHASE,
    ORACLE,
    SCHEMA_VERSION,
    UNTRAINED,
    PhaseInfo,
    Result,
    RunInfo,
    Score,
    from_line,
    to_line,
)
from xtl.results.metric_order import first_metrics
from xtl.results.settings import SETTINGS, YOUNGER_SETTINGS, contents, differing, selected, told_apart
from xtl.results.table import table, table_of
from xtl.results.usable import Usable, usable

__all__ = [
    "BEST_MEAN",
    "BEST_VALIDATION",
    "FILE_NAME",
    "LAST",
    "NO_PHASE",
    "ORACLE",
    "SCHEMA_VERSION",
    "SETTINGS",
    "UNTRAINED",
    "YOUNGER_SETTINGS",
    "PhaseInfo",
    "Result",
    "RunInfo",
    "Score",
    "Usable",
    "contents",
    "differing",
    "first_metrics",
    "from_line",
    "gather",
    "read",
    "read_whole_lines",
    "selected",
    "table",
    "table_of",
    "to_line",
    "told_apart",
    "usable",
    "write",
]

__getattr__ = renamed_names(
    __name__,
    {
        "scores": "selected",
    },
    after="0.1.0",
)
