"""Decisions: from adjusted p-values to a verdict."""

from collections.abc import Mapping
from enum import StrEnum

from xtl.statistics.verdicts.evidence import Claim, Evidence


class Verdict(StrEnum):
    """What may be said; the first whose rule holds, from the top."""

    FALLS = "falls"
    NO_EFFECT = "no effect"
    DIMINISHING = "grows, diminishing"
    NOT_DIMINISHING = "grows, not diminishing"
    SHAPE_UNDECIDED = "grows, shape undecided"
    UNDECIDED = "undecided"
    LEVELS_OFF_SOONER = "levels off sooner than English"
    NOT_SOONER = "does not level off sooner than English"
    BENDS_MORE = "bends more downwards than English's"
    BENDS_LESS = "bends less downwards than English's"


GROWS = (Verdict.DIMINISHING, Verdict.NOT_DIMINISHING, Verdict.SHAPE_UNDECIDED)
"""Verdicts on a curve that grows."""


def decide(evidence: Evidence, adjusted: Mapping[Claim, float], alpha: float) -> Verdict:
    """Verdict that adjusted p-values allow: the first in the table of :func:`judge` whose rule holds."""
    holds = {claim for claim, p in adjusted.items() if p <= alpha}
    gain, bend = evidence.gain, evidence.bend
    if Claim.CHANGE in holds and gain is not None and gain.estimate.value < 0:
        return Verdict.FALLS
    if Claim.NO_EFFECT in holds:
        return Verdict.NO_EFFECT
    if Claim.CHANGE not in holds:
        return Verdict.UNDECIDED
    if Claim.BEND in holds and bend is not None and bend.estimate.value < 0:
        return Verdict.DIMINISHING
    return Verdict.NOT_DIMINISHING if Claim.STRAIGHT in holds else Verdict.SHAPE_UNDECIDED


def bends_upwards(evidence: Evidence, adjusted: Mapping[Claim, float], alpha: float) -> bool:
    """Whether each doubling brings more than the one before, which no verdict has a name for."""
    bend = evidence.bend
    return bend is not None and bend.estimate.value > 0 and adjusted.get(Claim.BEND, 1.0) <= alpha


def decide_against_english(
    evidence: Evidence, adjusted: Mapping[Claim, float], alpha: float
) -> Verdict | None:
    """Whether a language levels off sooner: curvature below English's, and late minus early below it too.

    A curvature that is above English's for certain says that it does not. Of a curve that does not grow, or
    bends upwards for certain, only is said how it bends: it does not level off at all.
    """
    bend, late = evidence.bend_unlike_english, evidence.late_unlike_english
    if bend is None:
        return None
    if adjusted.get(Claim.BEND_UNLIKE_ENGLISH, 1.0) > alpha:
        return Verdict.UNDECIDED
    grows = decide(evidence, adjusted, alpha) in GROWS
    may_level_off = grows and not bends_upwards(evidence, adjusted, alpha)
    if bend.estimate.value > 0:
        return Verdict.NOT_SOONER if may_level_off else Verdict.BENDS_LESS
    if late is None or late.estimate.value >= 0:
        return Verdict.UNDECIDED
    return Verdict.LEVELS_OFF_SOONER if may_level_off else Verdict.BENDS_MORE
