"""Results to tables and pictures. Reads results only, never a checkpoint."""

from xtl.report.figures import draw_transfer
from xtl.report.transfer import Transfer, as_table, transfers

__all__ = ["Transfer", "as_table", "draw_transfer", "transfers"]
