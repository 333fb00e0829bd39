"""What all figures share: colours, marks, axes of rows, and files with the same bytes each time."""

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any, TypeVar

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from xtl.atomic import atomic_write
from xtl.report.analysis.panels import Curve, Panel

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Colours of Okabe and Ito (2008) without black and yellow, which one of the two backgrounds swallows."""

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "h")
_LINES = ("-", "--", "-.", ":")

GREY = "#808080"
"""Colour of baselines and zero lines, legible on white and on black."""

_DPI = 150
_MOST_COLUMNS = 3
_LEVEL_TICKS = 6

_NO_DATE: Mapping[str, Mapping[str, None]] = {
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}


@contextmanager
def drawing() -> Iterator[None]:
    """Settings that a figure is drawn and saved with."""
    with rc_context(
        {
            "svg.fonttype": "none",  # text stays text
            "svg.hashsalt": "xtl",
            "text.parse_math": False,  # a name with a dollar sign is a name
            "figure.autolayout": False,  # each figure says how it is laid out
            "figure.constrained_layout.use": False,
            "font.size": 9,
            "axes.titlesize": 10,
            "legend.fontsize": 9,
        }
    ):
        yield


class Styles:
    """Colour of each intermediate language, and marker and line of each curve.

    Args:
        panels: Panels of a sweep, so that a language has one colour in all of them.
    """

    def __init__(self, panels: Sequence[Panel]) -> None:
        langs = sorted({curve.lang for panel in panels for curve in panel.curves})
        self._position = {lang: position for position, lang in enumerate(langs)}

    def of(self, curve: Curve) -> dict[str, Any]:
        """Arguments of ``plot`` for a curve; a repeated colour comes with another line."""
        position = self._position[curve.lang]
        line = position // len(_COLOURS) + curve.variant
        return {
            "color": _COLOURS[position % len(_COLOURS)],
            # Of one point there is no line to tell it apart by.
            "marker": _MARKERS[(position + curve.variant) % len(_MARKERS)],
            "linestyle": _LINES[line % len(_LINES)],
            "linewidth": 1.8,
            "markersize": 4.5,
        }


def grid_of_axes(count: int, *, width: float = 4.6, height: float = 3.6) -> tuple[Figure, Sequence[Axes]]:
    """Figure with a panel for each of ``count`` things, three in a row at most."""
    columns = min(count, _MOST_COLUMNS)
    lines = -(-count // columns)
    figure = Figure(figsize=(width * columns, height * lines), layout="constrained")
    axes = figure.subplots(lines, columns, squeeze=False).ravel()
    for unused in axes[count:]:
        unused.set_axis_off()
    for panel in axes[:count]:
        tidy(panel)
    return figure, list(axes[:count])


Item = TypeVar("Item")


def figure_by_panel(
    items: Sequence[Item], title_of: Callable[[Item], str], draw: Callable[[Axes, Sequence[Item]], None]
) -> Figure:
    """Figure with a panel for each title of the items, in their order, and one legend.

    Args:
        items: What is drawn.
        title_of: Title of the panel that an item belongs to.
        draw: Function that draws the items of one panel.
    """
    panels: dict[str, list[Item]] = {}
    for item in items:
        panels.setdefault(title_of(item), []).append(item)
    with drawing():
        figure, axes = grid_of_axes(len(panels))
        for panel_axes, (title, of_panel) in zip(axes, panels.items(), strict=True):
            draw(panel_axes, of_panel)
            panel_axes.set_title(title)
        add_legend(figure, axes)
        return figure


def tidy(axes: Axes) -> None:
    """Faint grid, and no frame at the top and at the right."""
    axes.grid(alpha=0.3, color=GREY, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def rows_axis(axes: Axes, sizes: Sequence[int], label: str) -> None:
    """Log axis of rows with a tick at each size."""
    if sizes:
        axes.set_xscale("log")
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes], fontsize=8)
        if len(sizes) > _LEVEL_TICKS:
            for label_of_tick in axes.get_xticklabels():
                label_of_tick.set(rotation=35, horizontalalignment="right")
        axes.minorticks_off()
    axes.set_xlabel(label)


def add_legend(figure: Figure, axes: Sequence[Axes]) -> None:
    """One legend above all panels, each name once."""
    handles: dict[str, Any] = {}
    for panel in axes:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    for columns in range(min(len(handles), 4 * len(axes)), 0, -1):
        legend = figure.legend(
            [_as_line(handle) for handle in handles.values()],
            list(handles),
            loc="outside upper center",
            ncols=columns,
            frameon=False,
        )
        if columns == 1 or legend.get_window_extent().width <= figure.bbox.width:
            break
        legend.remove()  # long names: fewer beside each other


def settle(figure: Figure) -> None:
    """Lay a figure out, once for all that it is written to.

    Matplotlib draws a figure twice for each file as long as it has an engine, and "none" leaves one that does
    nothing.
    """
    engine = figure.get_layout_engine()
    if engine is not None:
        with drawing():
            engine.execute(figure)
            figure.set_layout_engine(None)


def slug(*parts: str) -> str:
    """Identifier that pages may use: letters and digits, the rest as hyphens."""
    return re.sub(r"[^\w.]+", "-", "-".join(filter(None, parts))).strip("-")


def save(figure: Figure, path: Path) -> None:
    """Write a figure in one rename; the same figure gives the same bytes.

    Args:
        figure: Figure.
        path: File; its ending says the format (``.png``, ``.svg``, ``.pdf``); without one it is PNG.
    """
    settle(figure)
    kind = path.suffix[1:] or "png"
    with atomic_write(path) as temporary, drawing():
        figure.savefig(
            temporary, format=kind, dpi=_DPI, metadata=_NO_DATE.get(kind), transparent=kind == "svg"
        )


def svg_text(figure: Figure) -> str:
    """A figure as SVG, as :func:`save` writes it."""
    settle(figure)
    buffer = io.StringIO()
    with drawing():
        figure.savefig(buffer, format="svg", dpi=_DPI, metadata=_NO_DATE["svg"], transparent=True)
    return buffer.getvalue()


def inline_svg(figure: Figure | str, *, name: str, title: str, description: str) -> str:
    """SVG for a page: no background, black as the page's text, a title and a description to be read out.

    Args:
        figure: Figure, or its :func:`svg_text`.
        name: Name that no other figure of the page has; identifiers but those of curves begin with it.
        title: Short name of the figure.
        description: What it shows, for readers who do not see it.
    """
    text = svg_text(figure) if isinstance(figure, Figure) else figure
    text = text[text.index("<svg") :].rstrip()
    text = re.sub(r' id="(?!curve-)', f' id="{name}-', text)
    text = re.sub(r"(url\(|href=\")#", rf"\1#{name}-", text)
    text = text.replace("#000000", "currentColor")
    head = (
        f' role="img" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    )
    return text.replace(">", head, 1)


def _as_line(handle: Any) -> Any:  # noqa: ANN401 - Matplotlib's handles share no type
    """Handle for a legend; of points with bars, their line."""
    lines = getattr(handle, "lines", None)
    return lines[0] if isinstance(lines, tuple) and isinstance(lines[0], Line2D) else handle
