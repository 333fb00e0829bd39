"""Picture of one cell: a bar for each language."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from xtl.report.figures.style import save
from xtl.report.transfer import transfers
from xtl.results import Result

_SOURCE, _OTHER, _MEAN = "#555555", "#2a6f97", "#c1121f"


def draw_transfer(results: Sequence[Result], path: Path) -> None:
    """Draw the first metric of one cell: a bar for each language, a line at the mean of the unseen ones.

    Args:
        results: Results of one task, one split and one cell; at least one.
        path: File to write, in one rename; its ending says the format.
    """
    transfer = transfers(results)[0]
    bars = (*transfer.source, *transfer.unseen)
    figure = Figure(figsize=(max(6.4, 1.2 + 0.55 * len(bars)), 3.4), layout="constrained")
    axes = figure.subplots()
    colours = [_SOURCE] * len(transfer.source) + [_OTHER] * len(transfer.unseen)
    drawn = axes.bar([bar.lang for bar in bars], [bar.value for bar in bars], color=colours)
    # The line of the mean may run through a number, so each stands on white.
    behind = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85}
    axes.bar_label(drawn, fmt="%.1f", fontsize=8, padding=2, bbox=behind, zorder=3)
    if transfer.unseen_mean is not None:
        axes.axhline(transfer.unseen_mean, color=_MEAN, linewidth=1, linestyle="--", zorder=0)
        axes.annotate(
            f"mean of others {transfer.unseen_mean:.1f}",
            (1.0, transfer.unseen_mean),
            xycoords=("axes fraction", "data"),
            xytext=(-4, 4),
            textcoords="offset points",
            ha="right",
            fontsize=8,
            color=_MEAN,
        )
    axes.set_ylim(0, 108)  # room for the number above a bar of 100
    axes.set_ylabel(f"{transfer.metric} (0-100)")
    run = bars[0].run
    axes.set_title(
        f"{transfer.task}: {run.backbone}, trained on {run.target.rows:,} rows in {run.target.lang}\n"
        "grey: trained on; blue: zero-shot",
        fontsize=9,
    )
    axes.spines[["top", "right"]].set_visible(False)
    save(figure, path)
