"""Results to tables and pictures. Reads results only, never a checkpoint."""

from xtl.report.curves import draw_curves, size_table
from xtl.report.figures import draw_transfer
from xtl.report.transfer import Transfer, as_table, headline, transfers

__all__ = ["Transfer", "as_table", "draw_curves", "draw_transfer", "headline", "size_table", "transfers"]
