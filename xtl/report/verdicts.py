"""The answer of a sweep: a verdict on each intermediate language before each target, in words and numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich import box

from xtl.results.damage import Damage
from xtl.statistics import Finding, Rules, Verdict
from xtl.statistics.verdicts import Answer, Evidence, Reading
from xtl.statistics.verdicts.decisions import GROWS
from xtl.statistics.verdicts.wording import left_out_in_words, seeds_in_words
from xtl.terminal import PlainTable

_TARGET_WIDTH = 12
"""Width of a target's name that no other column takes from it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """Finding on an intermediate task in one language before one target task.

    Attributes:
        intermediate: Name of the intermediate task.
        rows: Number of its rows that the gain is at: the largest, unless that has too few seeds to count.
        source: Language that the target's head was trained in.
        finding: Verdict, and what it rests on: in languages, of which those scored are a sample.
        settings: Settings that all cells of the curve share, by name, as its panel has them.
        tuning: Tuned weights.
        at_chance: Sizes of which an intermediate phase stayed at chance, in any seed.
        english_at_chance: The same of English phases, where it is compared with English.
        without_chance: The finding without all these phases; ``None`` if there are none, or too little is
            left.
        in_these_languages: The finding for the scored languages alone, over seeds and examples; ``None`` for
            runs without counts per example.
    """

    intermediate: str
    rows: int
    source: str
    finding: Finding
    settings: Mapping[str, object]
    tuning: str
    at_chance: tuple[int, ...] = ()
    english_at_chance: tuple[int, ...] = ()
    without_chance: Finding | None = None
    in_these_languages: Finding | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgements:
    """All that may be said of a sweep.

    Attributes:
        rules: Margins and levels.
        judgements: Findings, target by target.
        problems: Parts of the sweep that no verdict is possible on, and why, damaged ones among them.
        damaged: Curves whose intermediate phases have harmed the encoder.
        notes: Curves that may have harmed the encoder, have no verdict in these languages, or none against
            English, and why.
    """

    rules: Rules
    judgements: tuple[Judgement, ...]
    problems: tuple[str, ...]
    damaged: tuple[Damage, ...] = ()
    notes: tuple[str, ...] = ()


def sentence(judgement: Judgement) -> str:
    """Verdict in one sentence.

    Args:
        judgement: Finding on one intermediate language.
    """
    finding, points = judgement.finding, judgement.finding.points
    gain = points.evidence.gain
    within = f" within {gain.margin:g}" if gain is not None and _is_no_effect(points) else ""
    budget = f" ({finding.budget})" if finding.budget else ""
    subject = f"{finding.task} after {judgement.intermediate} in {finding.lang}{budget}"
    parts = [f"{subject}: {points.verdict}{within} ({_gain_in_words(points, judgement.rows)})"]
    parts += _shape_in_words(points)
    if finding.logits is not None and finding.logits.verdict is not points.verdict:
        parts.append(f"on logits of the score: {finding.logits.verdict}")
    if judgement.at_chance or judgement.english_at_chance:
        parts.append(_without_chance_in_words(judgement))
    parts += _seeds_in_words(points)
    these = judgement.in_these_languages
    if these is not None and (ends := _ends(these)) != "-":
        parts.append(f"in these languages alone: {these.points.verdict} (95 % interval {ends})")
    return "; ".join(parts)


def verdict_table(judgements: Sequence[Judgement]) -> PlainTable:
    """Lay verdicts out: a row for each intermediate language before each target.

    Args:
        judgements: Findings; what they share of intermediate task and budget stands above the table.
    """
    after = {judgement.intermediate for judgement in judgements}
    budgets = {judgement.finding.budget for judgement in judgements}
    shared = [f"after {name}" for name in after if len(after) == 1]
    shared += [budget for budget in budgets if len(budgets) == 1]
    columns = [*(["after"] if len(after) > 1 else []), "lang", *(["budget"] if len(budgets) > 1 else [])]
    table = PlainTable(
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        title=", ".join(filter(None, shared)) or None,
        keys=1 + len(columns),
    )
    targets = [judgement.finding.task for judgement in judgements]
    table.add_column(
        "target", overflow="fold", min_width=min(_TARGET_WIDTH, max(map(len, targets), default=0))
    )
    for name in columns:
        table.add_column(name, overflow="fold")
    has_these = any(_ends(judgement.in_these_languages) != "-" for judgement in judgements)
    for name in ("rows", "gain", "95 %", *(["these languages"] if has_these else []), "seeds"):
        table.add_column(name, justify="right", no_wrap=True)
    words = [word for judgement in judgements for word in str(judgement.finding.points.verdict).split()]
    table.add_column("verdict", overflow="fold", min_width=max(map(len, words), default=0))
    for judgement in judgements:
        finding, gain = judgement.finding, judgement.finding.points.evidence.gain
        these = judgement.in_these_languages
        table.add_row(
            finding.task,
            *([judgement.intermediate] if len(after) > 1 else []),
            finding.lang,
            *([finding.budget] if len(budgets) > 1 else []),
            f"{judgement.rows:,}",
            "-" if gain is None else f"{gain.estimate.value:+.2f}",
            _ends(finding),
            *([_ends(these)] if has_these else []),
            seeds_counted(gain),
            str(finding.points.verdict),
        )
    return table


def seeds_counted(answer: Answer | None) -> str:
    """Number of seeds that an answer rests on, such as ``5``, or ``4 of 5`` where one lacks a cell.

    Args:
        answer: Contrast; ``None`` where it could not be computed.
    """
    if answer is None:
        return "-"
    count, lacking = answer.estimate.num_seeds, len(answer.contrast.incomplete)
    return f"{count} of {count + lacking}" if lacking else str(count)


def not_compared(evidence: Evidence) -> str:
    """That there is no comparison with English, and why.

    Args:
        evidence: Evidence on a language beside English.
    """
    return f"not compared with English ({evidence.not_compared})"


def _shape_in_words(points: Reading) -> Iterator[str]:
    grows = points.verdict in GROWS
    if points.against_english is Verdict.UNDECIDED:
        plan = points.plan_against_english
        is_new = plan is not None and (points.plan is None or plan.reason != points.plan.reason)
        reason = f" ({plan.reason})" if plan is not None and is_new else ""
        yield f"whether {_question(points)} is undecided{reason}"
    elif points.against_english is not None:
        yield _against_english(points.against_english)
    if points.evidence.not_compared:
        yield not_compared(points.evidence)
    if points.bends_upwards:
        brings = ": each doubling brings more than the one before" if grows else ""
        yield f"its curve bends upwards{brings}"


def _question(points: Reading) -> str:
    may_grow = points.verdict in (*GROWS, Verdict.UNDECIDED) and not points.bends_upwards
    return "it levels off sooner than English" if may_grow else "its curve bends as English's does"


def _against_english(verdict: Verdict) -> str:
    is_of_curve = verdict in (Verdict.BENDS_MORE, Verdict.BENDS_LESS)
    return f"its curve {verdict}" if is_of_curve else str(verdict)


def _seeds_in_words(points: Reading) -> Iterator[str]:
    """Which seeds count, how many would decide it, and whether those that are there are seeds at all."""
    gain = points.evidence.gain
    if gain is not None and gain.estimate.num_seeds > 1 and gain.contrast.incomplete:
        yield _complete_in_words(gain)
    yield from left_out_in_words(points.evidence)
    if points.plan is not None:
        yield points.plan.reason
    if gain is not None and gain.estimate.num_seeds > 1 and gain.estimate.note:
        yield gain.estimate.note


def _ends(finding: Finding | None) -> str:
    """Ends of the gain's interval."""
    gain = None if finding is None else finding.points.evidence.gain
    interval = None if gain is None else gain.estimate.interval()
    return "-" if interval is None else f"{interval.low:+.2f} to {interval.high:+.2f}"


def _without_chance_in_words(judgement: Judgement) -> str:
    sizes = [f"at {_listed(judgement.at_chance)} rows"] if judgement.at_chance else []
    if judgement.english_at_chance:
        sizes.append(f"at {_listed(judgement.english_at_chance)} of English")
    phases = f"without the intermediate phases that stayed at chance ({', '.join(sizes)})"
    if judgement.without_chance is None:
        return f"no verdict is possible {phases}"
    points, without = judgement.finding.points, judgement.without_chance.points
    changed = [] if without.verdict is points.verdict else [str(without.verdict)]
    against, before = (reading.against_english or Verdict.UNDECIDED for reading in (without, points))
    if against is not before:
        text = f"whether {_question(without)} is undecided"
        changed.append(text if against is Verdict.UNDECIDED else _against_english(against))
    rows = judgement.rows if without.evidence.gain is None else without.evidence.gain.contrast.sizes[-1]
    size = "" if rows == judgement.rows else f" (gain at {rows:,} rows)"
    return f"{' and '.join(changed) or 'the same'}{size} {phases}"


def _listed(sizes: Sequence[int]) -> str:
    return ", ".join(f"{size:,}" for size in sizes)


def _is_no_effect(reading: Reading) -> bool:
    return reading.verdict is Verdict.NO_EFFECT


def _gain_in_words(reading: Reading, rows: int) -> str:
    gain = reading.evidence.gain
    if gain is None:
        return next(iter(reading.evidence.problems), "no gain could be computed")
    interval = gain.estimate.interval()
    value = f"gain at {rows:,} rows {gain.estimate.value:+.2f} points"
    if interval is None:
        few = f": {_complete_in_words(gain)}" if gain.contrast.incomplete else " from one seed"
        return f"{value}, no interval{few}"
    ends = f"{interval.low:+.2f} to {interval.high:+.2f}"
    return f"{value}, {interval.level:.0%} interval {ends} {gain.estimate.scope}"


def _complete_in_words(answer: Answer) -> str:
    return seeds_in_words(
        answer.estimate.num_seeds, answer.estimate.num_seeds + len(answer.contrast.incomplete)
    )
