"""Results: one score a line, beside it all that identifies its run; many runs together as one table."""

from xtl.results.gather import gather
from xtl.results.lines import (
    BEST_MEAN,
    BEST_VALIDATION,
    FILE_NAME,
    LAST,
    NO_PHASE,
    ORACLE,
    UNTRAINED,
    PhaseInfo,
    Result,
    RunInfo,
    Score,
    from_line,
    read,
    selected,
    to_line,
    write,
)
from xtl.results.table import table

__all__ = [
    "BEST_MEAN",
    "BEST_VALIDATION",
    "FILE_NAME",
    "LAST",
    "NO_PHASE",
    "ORACLE",
    "UNTRAINED",
    "PhaseInfo",
    "Result",
    "RunInfo",
    "Score",
    "from_line",
    "gather",
    "read",
    "selected",
    "table",
    "to_line",
    "write",
]
