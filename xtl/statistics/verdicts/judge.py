"""Verdicts: what may be said of each intermediate language before each target task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xtl.statistics.multiplicity import holm
from xtl.statistics.table import LOGITS, ScoreTable
from xtl.statistics.verdicts.decisions import Verdict, bends_upwards, decide, decide_against_english
from xtl.statistics.verdicts.evidence import (
    DEFAULT_RULES,
    Answer,
    Claim,
    Evidence,
    ExampleVariance,
    Rules,
    gather,
)
from xtl.statistics.verdicts.plans import Plan, plan_for
from xtl.statistics.verdicts.wording import PER_DOUBLING_SQUARED, reasons, unit_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """Verdict on one scale, and all that it rests on.

    Attributes:
        verdict: What may be said.
        against_english: ``levels off sooner than English``, that it does not, how it bends if it does not
            grow or bends upwards, or ``undecided``; ``None`` where there is no English beside it.
        reasons: Numbers behind it, in words.
        evidence: Contrasts and estimates; ``evidence.table.scale`` is the scale.
        p_values: p-value of each claim, one by one.
        adjusted: The same after Holm; the verdict follows these.
        family: Number of p-values that Holm took for each claim.
        bends_upwards: Whether each doubling brings more than the one before.
        plan: What would decide it; ``None`` where it is decided.
        plan_against_english: What would decide whether it levels off sooner than English; ``None`` where that
            is decided, or there is no English beside it.
    """

    verdict: Verdict
    against_english: Verdict | None
    reasons: tuple[str, ...]
    evidence: Evidence
    p_values: Mapping[Claim, float]
    adjusted: Mapping[Claim, float]
    family: Mapping[Claim, int]
    bends_upwards: bool
    plan: Plan | None
    plan_against_english: Plan | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Verdict on one intermediate language before one target task.

    Attributes:
        task: Target task.
        metric: Name of the score.
        lang: Intermediate language.
        budget: Length of the intermediate training that the verdict is for: with ``epochs:N`` rows and
            updates grow together, with ``steps:N`` rows alone.
        points: Reading on the scores, the verdict proper.
        logits: Reading on their logits, since scores bend by themselves near 100; ``None`` where scores may
            be negative.
    """

    task: str
    metric: str
    lang: str
    budget: str
    points: Reading
    logits: Reading | None


def judge(
    tables: Sequence[ScoreTable],
    rules: Rules = DEFAULT_RULES,
    *,
    example_variance: ExampleVariance | None = None,
) -> list[Finding]:
    """Say of each intermediate language of each table what may be said.

    | verdict | rule, at level alpha after Holm |
    | --- | --- |
    | falls | total gain: below 0 |
    | no effect | total gain: within the margin, by two one-sided tests |
    | grows, diminishing | gain above 0; curvature below 0 |
    | grows, not diminishing | gain above 0; curvature within its margin |
    | grows, shape undecided | gain above 0; neither |
    | undecided | else, with the seeds that would decide |
    | levels off sooner than English | grows; curvature less English's below 0, late minus early too |
    | does not level off sooner than English | grows; curvature less English's above 0 |
    | bends more (less) downwards than English's | the same of a curve that does not grow, or bends upwards |

    Holm takes the p-values of one claim (:class:`Claim`) over all tables and languages, so that the chance of
    any false claim of that kind is at most alpha; each kind is a family of its own. Curvatures of all are in
    their family, whether they grow or not, or its size would depend on the data.

    Args:
        tables: Scores, a table for each target task (and budget).
        rules: Margins and levels.
        example_variance: Variance of examples, for verdicts in these languages alone.

    Returns:
        One finding for each table and intermediate language, in that order.

    Raises:
        ValueError: if the variance of examples does not fit the languages.

    Example:
        >>> import numpy as np
        >>> noise = np.random.default_rng(0).normal(0, 0.2, (5, 4, 4, 1))
        >>> curve = np.array([60.0, 64, 67, 69])[:, None]
        >>> table = ScoreTable(scores=curve + noise, seeds=(1, 2, 3, 4, 5), langs=("de", "hi", "sw", "zh"),
        ...                    sizes=(0, 100, 200, 400), intermediates=("en",))
        >>> [str(finding.points.verdict) for finding in judge([table])]
        ['grows, diminishing']
    """
    units = [(table, lang) for table in tables for lang in table.intermediates]
    points = _readings([gather(*unit, rules, example_variance=example_variance) for unit in units], rules)
    logit_tables = {id(table): _logits(table) for table in tables}
    on_logits = [
        gather(logit_table, lang, rules, example_variance=example_variance)
        for table, lang in units
        if (logit_table := logit_tables[id(table)]) is not None
    ]
    logit_readings = iter(_readings(on_logits, rules))
    return [
        Finding(
            task=table.task,
            metric=table.metric,
            lang=lang,
            budget=table.budget,
            points=reading,
            logits=next(logit_readings) if logit_tables[id(table)] is not None else None,
        )
        for (table, lang), reading in zip(units, points, strict=True)
    ]


def _readings(evidences: Sequence[Evidence], rules: Rules) -> list[Reading]:
    p_values = [evidence.p_values() for evidence in evidences]
    adjusted: list[dict[Claim, float]] = [{} for _ in evidences]
    family: dict[Claim, int] = {}
    for claim in Claim:
        members = [index for index, tests in enumerate(p_values) if claim in tests]
        family[claim] = len(members)
        for index, p in zip(members, holm([p_values[index][claim] for index in members]), strict=True):
            adjusted[index][claim] = float(p)
    return [_reading(*parts, family, rules) for parts in zip(evidences, p_values, adjusted, strict=True)]


def _reading(
    evidence: Evidence,
    p_values: Mapping[Claim, float],
    adjusted: Mapping[Claim, float],
    family: Mapping[Claim, int],
    rules: Rules,
) -> Reading:
    verdict = decide(evidence, adjusted, rules.alpha)
    against_english = decide_against_english(evidence, adjusted, rules.alpha)
    unit = unit_of(evidence.table.scale)
    plan, is_upwards = None, bends_upwards(evidence, adjusted, rules.alpha)

    def plan_of(answer: Answer | None, claim: Claim, quantity: str, per: str = PER_DOUBLING_SQUARED) -> Plan:
        alpha = rules.alpha / max(family[claim], 1)
        problems = evidence.problems
        return plan_for(answer, rules, alpha=alpha, quantity=quantity, unit=unit + per, problems=problems)

    if verdict is Verdict.UNDECIDED:
        plan = plan_of(evidence.gain, Claim.CHANGE, "a gain of", per="")
    elif verdict is Verdict.SHAPE_UNDECIDED and not is_upwards:
        plan = plan_of(evidence.bend, Claim.BEND, "a curvature of")
    return Reading(
        verdict=verdict,
        against_english=against_english,
        reasons=reasons(evidence, adjusted, family),
        evidence=evidence,
        p_values=p_values,
        adjusted=adjusted,
        family=family,
        bends_upwards=is_upwards,
        plan=plan,
        plan_against_english=plan_of(
            evidence.bend_unlike_english, Claim.BEND_UNLIKE_ENGLISH, "a difference in curvature of"
        )
        if against_english is Verdict.UNDECIDED
        else None,
    )


def _logits(table: ScoreTable) -> ScoreTable | None:
    """Table of logits; ``None`` where a score lies outside [0, 100]."""
    is_inside = np.isnan(table.scores) | ((table.scores >= 0) & (table.scores <= 100))
    return table.logits() if table.scale != LOGITS and is_inside.all() else None
