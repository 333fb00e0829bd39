"""What a command prints at its end: a table of scores and where the picture of them is."""

import logging
from collections.abc import Sequence
from pathlib import Path

from xtl.report import as_table, draw_transfer, headline, transfers
from xtl.results import Result, selected
from xtl.runs.file_names import TRANSFER_FIGURE
from xtl.terminal import plain_console

logger = logging.getLogger(__name__)


def show(results: Sequence[Result], folder: Path) -> float:
    """Print the table on standard output and draw the picture.

    Args:
        results: Results of one task and one cell.
        folder: Folder for the picture.

    Returns:
        Mean of the first metric over the unseen languages, or over the source where none was scored: the
        number that a sweeper maximises.
    """
    results = selected(results)
    console = plain_console()
    console.print(headline(results), soft_wrap=True)
    console.print(as_table(results))
    draw_transfer(results, folder / TRANSFER_FIGURE)
    logger.info("picture: %s", folder / TRANSFER_FIGURE)
    transfer = transfers(results)[0]
    mean = transfer.source_mean if transfer.unseen_mean is None else transfer.unseen_mean
    return float("nan") if mean is None else mean
