"""Wording: the numbers behind a verdict, a sentence for each."""

from collections.abc import Mapping

from xtl.statistics.table import LOGITS
from xtl.statistics.verdicts.evidence import Answer, Claim, Evidence

PER_DOUBLING_SQUARED = " per doubling squared"
"""What follows the unit of a curvature."""


def unit_of(scale: str) -> str:
    """Unit of a gain on one scale of a table of scores."""
    return "logits" if scale == LOGITS else "points"


def seeds_in_words(count: int, total: int) -> str:
    """Number of complete seeds among all, such as ``1 of 5 seeds is complete``."""
    return f"{count} of {total} seeds {'is' if count == 1 else 'are'} complete"


def left_out_in_words(evidence: Evidence) -> tuple[str, ...]:
    """Sizes that do not count for want of seeds, such as 3,200 rows of which one seed is complete."""
    total = len(evidence.table.seeds)
    return tuple(
        f"{size:,} rows do not count: {seeds_in_words(count, total)}"
        for size, count in evidence.left_out.items()
    )


def reasons(
    evidence: Evidence, adjusted: Mapping[Claim, float], family: Mapping[Claim, int]
) -> tuple[str, ...]:
    """Say what was estimated, with which interval and p-value, in which languages, from which seeds.

    Args:
        evidence: Contrasts and estimates.
        adjusted: p-values after Holm.
        family: Number of p-values that Holm took for each claim.
    """
    unit = unit_of(evidence.table.scale)
    lines: list[str] = []
    for answer, per, change, equivalence in (
        (evidence.gain, "", Claim.CHANGE, Claim.NO_EFFECT),
        (evidence.bend, PER_DOUBLING_SQUARED, Claim.BEND, Claim.STRAIGHT),
        (evidence.bend_unlike_english, PER_DOUBLING_SQUARED, Claim.BEND_UNLIKE_ENGLISH, None),
        (evidence.late_unlike_english, " per doubling", None, None),
    ):
        if answer is not None:
            lines.append(_numbers(answer, unit + per))
            lines.extend(
                f"p = {adjusted[claim]:.3g} after Holm over {family[claim]}, for: {claim}"
                + (f" ({answer.margin:.3g})" if claim is equivalence else "")
                for claim in (change, equivalence)
                if claim is not None and claim in adjusted
            )
            lines.extend(_seeds(answer))
    return (*lines, *left_out_in_words(evidence), *evidence.problems)


def _numbers(answer: Answer, unit: str) -> str:
    estimate, interval = answer.estimate, answer.estimate.interval()
    text = f"{answer.contrast.name}: {estimate.value:+.3g} {unit}"
    if interval is not None:
        text += f" [{interval.low:.3g}, {interval.high:.3g}], 95 % interval {estimate.scope}"
    return text + f" ({estimate.num_seeds} seed(s), {estimate.num_langs} language(s))"


def _seeds(answer: Answer) -> list[str]:
    """What there is to say of the seeds: one alone, no variation, incomplete ones."""
    notes = [answer.estimate.note] if answer.estimate.note else []
    if answer.contrast.incomplete:
        count = len(answer.contrast.incomplete)
        notes.append(f"{count} incomplete seed(s) do not count: {answer.contrast.incomplete}")
    return notes
