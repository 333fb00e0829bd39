"""Plans: what would decide what is undecided."""

from collections.abc import Sequence
from dataclasses import dataclass

from xtl.statistics.power import minimum_detectable_effect, seeds_needed
from xtl.statistics.verdicts.evidence import Answer, Rules
from xtl.statistics.verdicts.wording import seeds_in_words


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What would decide what is undecided.

    Attributes:
        seeds: Seeds that would find an effect of the margin, and show one of 0 to lie within it; ``None``
            where no number would do or nothing is known of the variance.
        minimum_detectable_effect: Smallest effect that the seeds there are find; ``None`` for one seed.
        reason: Both in words.
    """

    seeds: int | None
    minimum_detectable_effect: float | None
    reason: str


def plan_for(
    answer: Answer | None,
    rules: Rules,
    *,
    alpha: float,
    quantity: str,
    unit: str,
    problems: Sequence[str] = (),
) -> Plan:
    """Count the seeds that decide a question either way.

    They find a true value of the margin, and show a true value of 0 to lie within it, each with the power of
    the rules: the larger of the two numbers of :func:`xtl.statistics.seeds_needed`.

    Args:
        answer: Contrast that is undecided; ``None`` if it could not be computed.
        rules: Power.
        alpha: Level of one test: that of the family divided by its size, since Holm may ask for as much.
        quantity: Name of what is asked for, such as ``a gain of``.
        unit: Unit of it, such as ``points``.
        problems: Why contrasts could not be computed.
    """
    if answer is None or answer.components is None:
        reason = f"not computed ({'; '.join(dict.fromkeys(problems)) or 'no such contrast'})"
        if answer is not None:
            lacking = len(answer.contrast.incomplete)
            reason = "one seed tells nothing of seeds: three at least"
            reason = f"{seeds_in_words(1, 1 + lacking)}, and {reason}" if lacking else reason
        return Plan(seeds=None, minimum_detectable_effect=None, reason=reason)
    parts = answer.components
    if parts.seeds == parts.langs == parts.residual == 0:
        reason = "no seed and no language differs from another, which says nothing of new ones"
        return Plan(seeds=None, minimum_detectable_effect=None, reason=reason)
    num_seeds, num_langs = answer.estimate.num_seeds, answer.estimate.num_langs
    margin = answer.margin
    smallest = minimum_detectable_effect(parts, num_seeds, num_langs, alpha=alpha, power=rules.power)
    needs = [
        seeds_needed(parts, margin, num_langs, alpha=alpha, power=rules.power),
        seeds_needed(parts, 0.0, num_langs, margin=margin, alpha=alpha, power=rules.power),
    ]
    unmet = [need for need in needs if need.num_seeds is None]
    seeds = None if unmet else max(need.num_seeds or 0 for need in needs)
    needed = unmet[0].reason if unmet else _needed_in_words(seeds or 0, num_seeds)
    return Plan(
        seeds=seeds,
        minimum_detectable_effect=smallest,
        reason=f"{num_seeds} seeds find {quantity} {smallest:.2g} {unit} or more in {rules.power:.0%} of "
        f"studies, at level {alpha:.2g}, which Holm may ask for; "
        f"to tell {margin:.2g} from 0: {needed}",
    )


def _needed_in_words(seeds: int, present: int) -> str:
    if seeds > present:
        return f"{seeds} seeds, {seeds - present} more"
    return f"{seeds} seeds, which are there; the true value may lie between the two"
