"""Curves, gains beside each other, and sizes in English rows."""

from collections.abc import Sequence

from xtl.report.analysis.english import EnglishCurve
from xtl.report.analysis.gains import GainCell
from xtl.report.analysis.panels import Panel, setting_label
from xtl.report.analysis.points import CurvePoint
from xtl.report.page.markup import (
    NONE,
    Column,
    details,
    figure,
    numbers,
    table,
    texts,
    with_interval,
    words,
)
from xtl.statistics.curves import EnglishSize, Equivalent


def curves_part(panels: Sequence[Panel], svgs: Sequence[str]) -> str:
    """Figure of all curves, and the numbers behind it."""
    has_baseline = any(panel.baseline is not None for panel in panels)
    banded = [point for panel in panels for curve in panel.curves for point in curve.points if point.band]
    caption = (
        "Mean over the languages that the head was not trained in, by rows of intermediate data (log axis)."
    )
    if has_baseline:
        caption += " Dashed and level: without intermediate data."
    if any(point.gain is not None for point in banded):
        caption += (
            " Bands: 95 % interval of the gain over the baseline, paired by seed, over seeds and languages, "
            "laid on the dashed line; one that leaves it is a gain or a loss at that size."
        )
    if any(point.gain is None for point in banded):
        caption += " Bands of curves without a gain: 95 % interval over seeds."
    if not banded:
        caption += " One seed has no interval."
    rows = [row for panel in panels for row in _rows(panel)]
    columns = [
        *words("target", "setting"),
        *numbers("rows", "mean"),
        Column(name="gain", is_number=True, title="over the baseline, with its 95 % interval"),
        *numbers("seeds"),
    ]
    numbers_part = table(columns, rows, caption="Means of the curves and gains over the baseline, in points")
    return figure(svgs, caption=caption, file="scaling") + details("The numbers", numbers_part)


def heat_map_part(cells: Sequence[GainCell], svgs: Sequence[str], *, alpha: float) -> str:
    """Heat map of gains and its numbers; empty without gains."""
    if not cells:
        return ""
    has_p = any(cell.p is not None for cell in cells)
    common = len({cell.rows for cell in cells}) == 1
    caption = (
        "Gain over the baseline at the largest size that all curves have."
        if common
        else "Gain over the baseline, each curve at its own largest size: no size is common to all."
    )
    caption += (
        f" Star: not 0 at a false discovery rate of {alpha:g}, after Benjamini and Hochberg over all cells."
        if has_p
        else " One seed: no cell can be marked."
    )
    rows = [
        [
            cell.curve,
            cell.panel,
            f"{cell.rows:,}",
            with_interval(cell.estimate.value, cell.estimate.interval()),
            NONE if cell.p is None else f"{cell.p:.3g}",
            NONE if cell.adjusted is None else f"{cell.adjusted:.3g}",
        ]
        for cell in cells
    ]
    columns = [*words("intermediate", "target"), *numbers("rows", "gain", "p", "p (BH)")]
    numbers_part = table(columns, rows, caption="Gains of the heat map, in points, with 95 % intervals")
    return figure(svgs, caption=caption, file="gains") + details("The numbers", numbers_part)


def english_part(curves: Sequence[EnglishCurve], svgs: Sequence[str]) -> str:
    """Sizes in English rows; empty where there is no English or nothing beside it."""
    if not curves:
        return ""
    caption = (
        "English rows with which the score would have been the same, by rows of the language. Hollow marks: "
        "below the smallest or above the largest English size, of which nothing is said. Lines: 95 % over "
        "draws of seeds, too narrow with few of them; one seed has none."
    )
    rows = [_equivalent_row(curve, item) for curve in curves for item in curve.equivalents]
    columns = [*words("target", "lang"), *numbers("rows", "English rows", "ratio", "seeds")]
    sizes = table(columns, rows, caption="English-equivalent size n_en, and its ratio to the rows n")
    return figure(svgs, caption=caption, file="english") + _exponents(curves) + details("The numbers", sizes)


def _exponents(curves: Sequence[EnglishCurve]) -> str:
    rows = []
    for curve in curves:
        exponent = curve.exponent
        alpha, k, note = NONE, NONE, curve.reason
        if exponent is not None:
            alpha = with_interval(exponent.alpha.value, exponent.alpha.interval(), sign="")
            k = f"{exponent.k:.3g}"
            left_out = {
                "point(s) beyond English's range": exponent.beyond,
                "seed(s) with too few sizes": len(exponent.too_few),
            }
            parts = [exponent.alpha.note, *(f"{n} {what} left out" for what, n in left_out.items() if n)]
            note = "; ".join(filter(None, parts))
        rows.append([curve.panel, curve.curve.label, alpha, k, note or "all sizes count"])
    columns = [*words("target", "lang"), *numbers("alpha", "k"), *texts("note")]
    caption = "Exponent of n_en = k n^alpha, 95 % interval over seeds; below 1: diminishing against English"
    return table(columns, rows, caption=caption)


def _rows(panel: Panel) -> list[list[str]]:
    points: list[tuple[str, CurvePoint]] = []
    if panel.baseline is not None:
        points.append((setting_label(None, 0), panel.baseline))
    points += [(curve.label, point) for curve in panel.curves for point in curve.points]
    return [
        [
            panel.title,
            name,
            f"{point.rows:,}",
            f"{point.mean:.2f}" if point.values else NONE,
            NONE if point.gain is None else with_interval(point.gain.value, point.gain.interval()),
            str(len(point.values)),
        ]
        for name, point in points
    ]


def _equivalent_row(curve: EnglishCurve, item: Equivalent) -> list[str]:
    text = _size(item.english)
    if item.low is not None and item.high is not None:
        text += f" [{_size(item.low)}, {_size(item.high)}]"
    ratio = NONE if item.ratio is None else f"{item.ratio:.2f}"
    return [curve.panel, curve.curve.label, f"{item.size:,}", text, ratio, str(item.num_seeds)]


def _size(size: EnglishSize) -> str:
    return str(size.place) if size.rows is None else f"{size.rows:,.0f}"
