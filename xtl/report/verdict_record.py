"""Verdicts of a sweep as plain values, for ``verdict.json``."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from xtl.report.verdicts import Judgement, Judgements, sentence
from xtl.results.damage import Damage
from xtl.statistics import Finding
from xtl.statistics.verdicts import Answer, Reading

FORMAT_VERSION = 1
"""Version of what :func:`verdict_record` gives."""


def verdict_record(judged: Judgements, *, notes: Sequence[str] = ()) -> dict[str, Any]:
    """Plain values of all findings, for ``verdict.json``.

    Args:
        judged: Findings and what could not be judged.
        notes: What a reader must know of the rules, such as that they were changed.
    """
    return {
        "format": FORMAT_VERSION,
        "question": "does more intermediate data bring diminishing returns, and sooner than in English?",
        "rules": asdict(judged.rules),
        "notes": [*notes, *judged.notes],
        "findings": [_finding_record(judgement) for judgement in judged.judgements],
        "not_judged": list(judged.problems),
        "encoder_damaged": list(map(_damage_record, judged.damaged)),
    }


def _finding_record(judgement: Judgement) -> dict[str, Any]:
    finding, without, these = judgement.finding, judgement.without_chance, judgement.in_these_languages
    return {
        "target": finding.task,
        "metric": finding.metric,
        "source": judgement.source,
        "intermediate": judgement.intermediate,
        "lang": finding.lang,
        "budget": finding.budget,
        "rows": judgement.rows,
        "sentence": sentence(judgement),
        **_scales(finding),
        "in_these_languages": None if these is None else _scales(these),
        "sizes_at_chance": list(judgement.at_chance),
        "english_sizes_at_chance": list(judgement.english_at_chance),
        "without_phases_at_chance": None if without is None else _reading_record(without.points),
    }


def _scales(finding: Finding) -> dict[str, Any]:
    """Readings on both scales."""
    return {
        "points": _reading_record(finding.points),
        "logits": None if finding.logits is None else _reading_record(finding.logits),
    }


def _damage_record(damage: Damage) -> dict[str, Any]:
    return {
        "target": damage.target,
        "metric": damage.metric,
        "source": damage.source,
        "intermediate": damage.intermediate,
        "lang": damage.lang,
        "budget": damage.budget,
        "sentence": str(damage),
        "margin": damage.margin,
        "changes": [
            {
                "rows": change.rows,
                "change": change.mean,
                "interval": None if change.interval is None else list(change.interval),
                "by_seed": {str(seed): value for seed, value in sorted(change.by_seed.items())},
                "damaged": change.is_damage(damage.margin),
            }
            for change in damage.changes
        ],
    }


def _reading_record(reading: Reading) -> dict[str, Any]:
    evidence = reading.evidence
    answers = {
        "gain": evidence.gain,
        "curvature": evidence.bend,
        "curvature_less_english": evidence.bend_unlike_english,
        "late_minus_early_less_english": evidence.late_unlike_english,
    }
    return {
        "verdict": str(reading.verdict),
        "against_english": None if reading.against_english is None else str(reading.against_english),
        **{name: _answer_record(answer) for name, answer in answers.items()},
        "bends_upwards": reading.bends_upwards,
        "p": {str(claim): p for claim, p in reading.p_values.items()},
        "p_after_holm": {str(claim): p for claim, p in reading.adjusted.items()},
        "p_values_holm_took": {str(claim): count for claim, count in reading.family.items()},
        "plan": None if reading.plan is None else asdict(reading.plan),
        "plan_against_english": None
        if reading.plan_against_english is None
        else asdict(reading.plan_against_english),
        "reasons": list(reading.reasons),
    }


def _answer_record(answer: Answer | None) -> Mapping[str, Any] | None:
    if answer is None:
        return None
    estimate, contrast = answer.estimate, answer.contrast
    interval = estimate.interval()
    return {
        "question": contrast.name,
        "value": estimate.value,
        "se": estimate.se,
        "df": estimate.df,
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
        "level": None if interval is None else interval.level,
        "scope": str(estimate.scope),
        "margin": answer.margin,
        "sizes": list(contrast.sizes),
        "seeds": list(contrast.seeds),
        "langs": list(contrast.langs),
        "incomplete_seeds": list(contrast.incomplete),
        "note": estimate.note,
    }
