"""How many English rows would have done the same, for each curve beside an English one."""

from collections.abc import Sequence
from dataclasses import dataclass

from xtl.report.analysis.panels import Curve, Panel
from xtl.results.damage import Damage
from xtl.statistics.curves import Equivalent, TransferExponent, english_equivalents, transfer_exponent


@dataclass(frozen=True, kw_only=True, slots=True)
class EnglishCurve:
    """One curve measured in English rows.

    Attributes:
        panel: Name of the target.
        curve: Curve.
        english_sizes: Sizes of the English curve, the range that is measured.
        equivalents: English-equivalent size of each size.
        exponent: Power law n_en = k n^alpha; ``None`` where too few sizes lie in English's range.
        reason: Why there is no exponent; empty where there is one.
    """

    panel: str
    curve: Curve
    english_sizes: tuple[int, ...]
    equivalents: tuple[Equivalent, ...]
    exponent: TransferExponent | None
    reason: str


def english_curves(
    panels: Sequence[Panel], *, english: str, damaged: Sequence[Damage] = ()
) -> tuple[EnglishCurve, ...]:
    """Curves of all other languages in English rows; none where no curve is in English.

    Args:
        panels: Panels of a sweep.
        english: Language that the others are measured in.
        damaged: Curves that have harmed the encoder, which say nothing of rows: none of these is measured,
            and none beside an English one of these.
    """
    harmed = {(item.target, item.intermediate, item.budget, item.lang) for item in damaged}
    return tuple(
        measured
        for panel in panels
        for curve in panel.curves
        if not harmed
        & {(panel.task, curve.intermediate, curve.budget, lang) for lang in (curve.lang, english)}
        and (measured := _english_curve(panel, curve, english)) is not None
    )


def _english_curve(panel: Panel, curve: Curve, english: str) -> EnglishCurve | None:
    table = curve.table
    if table is None or curve.lang == english or english not in table.intermediates:
        return None
    sizes = tuple(size for size in table.without_sparse_sizes().sizes_of(english) if size)
    try:
        equivalents = tuple(english_equivalents(table, curve.lang, english=english))
    except ValueError as error:
        return EnglishCurve(
            panel=panel.title, curve=curve, english_sizes=sizes, equivalents=(), exponent=None,
            reason=str(error),
        )  # fmt: skip
    exponent, reason = None, ""
    try:
        exponent = transfer_exponent(table, curve.lang, english=english)
    except ValueError as error:
        reason = str(error)
    return EnglishCurve(
        panel=panel.title,
        curve=curve,
        english_sizes=sizes,
        equivalents=equivalents,
        exponent=exponent,
        reason=reason,
    )
