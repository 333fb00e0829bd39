"""What intermediate phases did to the encoder: the target's validation score in its source language.

An intermediate phase whose data say nothing of the target should leave the source language as it was: the
target's own rows are there for it. Where it falls, the training of the phase has harmed the encoder, and what
the sweep shows is an effect of the recipe, not of the data.

A fall counts as damage where its whole 95 % interval over three seeds or more lies below the margin, at some
size; or where it is that of one seed by twenty times the margin, since an encoder may collapse in some seeds
alone, which widens the interval. With six sizes, independent noise of 0.8 points in each score, a margin of
0.5 and no true change, that happens to 3.5 % of curves of three seeds and 1.6 % of five; a mean below the
margin happens to 56 and 46 %. The price: of true falls of all seeds by 3 points at one size, three seeds show
54 % and five 95 %, by 5 points 91 and 100 %. The others are told as possible damage (20,000 simulated sweeps
each).
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from xtl.results.lines import Result
from xtl.results.repeats import Repeat, repeat_of, seed_means
from xtl.results.settings import TARGET_SETTINGS, YOUNGER_SETTINGS, differing

WORDS = "encoder damaged: the effect is the recipe's"
"""Name of a setting whose intermediate phase has made the source language worse."""

_FEWEST_SEEDS = 3
"""Seeds from which on an interval can show damage."""

_COLLAPSE = 20
"""Margins by which no noise of one seed falls: 10 points at the usual one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceChange:
    """Change of the target's validation score in its source language by an intermediate phase.

    Attributes:
        intermediate: Name of the intermediate task.
        lang: Language of the intermediate task.
        rows: Number of its rows.
        by_seed: Score with the phase less that of the baseline, in points, by seed.
    """

    intermediate: str
    lang: str
    rows: int
    by_seed: Mapping[int, float]

    @property
    def mean(self) -> float:
        """Mean over seeds."""
        return fmean(self.by_seed.values())

    @property
    def interval(self) -> tuple[float, float] | None:
        """Range of 95 % over seeds, mean +- t(S-1) s / sqrt(S); ``None`` for one seed."""
        count = len(self.by_seed)
        if count < 2:
            return None
        from scipy.special import stdtrit  # here, since the table of a sweep needs none of it

        half = float(stdtrit(count - 1, 0.975)) * stdev(self.by_seed.values()) / math.sqrt(count)
        return self.mean - half, self.mean + half

    def is_damage(self, margin: float) -> bool:
        """Whether the interval of three seeds or more lies below a fall of the margin, or one collapses."""
        if min(self.by_seed.values()) < -_COLLAPSE * margin:
            return True
        interval = self.interval
        return interval is not None and len(self.by_seed) >= _FEWEST_SEEDS and interval[1] < -margin

    def falls(self, margin: float) -> bool:
        """Whether the score falls by more than a margin, in points, on average: noise may do that too."""
        return self.mean < -margin

    def by_seed_in_words(self) -> str:
        """Change of each seed."""
        return ", ".join(f"{change:+.1f}" for _, change in sorted(self.by_seed.items()))

    def __str__(self) -> str:
        """Change with its range, and the size."""
        interval = "" if self.interval is None else " ({:+.1f} to {:+.1f})".format(*self.interval)
        return f"{self.mean:+.1f}{interval} at {self.rows:,} rows"


@dataclass(frozen=True, kw_only=True, slots=True)
class Damage:
    """A curve whose intermediate phases have harmed the encoder, or perhaps have.

    Attributes:
        target: Target task, as the curve names it.
        metric: Score of the target's validation set.
        source: Source language of the target, in which the score fell.
        budget: Length of the intermediate training, such as ``epochs:3``.
        changes: Change of the score for each size of the curve; at least one is a fall beyond the margin.
        margin: Fall, in points, that counts as none.
    """

    target: str
    metric: str
    source: str
    budget: str
    changes: tuple[SourceChange, ...]
    margin: float

    @property
    def intermediate(self) -> str:
        """Name of the intermediate task."""
        return self.changes[0].intermediate

    @property
    def lang(self) -> str:
        """Language of the intermediate task."""
        return self.changes[0].lang

    @property
    def is_certain(self) -> bool:
        """Whether the interval of some size says so; else noise may have done it."""
        return any(change.is_damage(self.margin) for change in self.changes)

    def __str__(self) -> str:
        """What is damaged, or may be, and where."""
        curve = f"{self.target} after {self.intermediate} in {self.lang} ({self.budget})"
        if self.is_certain:
            damaging = [change for change in self.changes if change.is_damage(self.margin)]
            return (
                f"{curve}: {WORDS} (validation {self.metric} in {self.source} against the baseline's: "
                f"{', '.join(map(str, damaging))}; margin {self.margin:g}); lower intermediate.recipe.lr"
            )
        falls = [change for change in self.changes if change.falls(self.margin)]
        is_few = any(len(change.by_seed) < _FEWEST_SEEDS for change in falls)
        listed = ", ".join(f"{change}, by seed {change.by_seed_in_words()}" for change in falls)
        return (
            f"{curve}: source validation {listed} ({self.metric} in {self.source}, margin {self.margin:g}): "
            f"may be noise{' of fewer than three seeds' if is_few else ''}; look at intermediate.recipe.lr"
        )


def paired_changes(
    lines: Iterable[Result], *, apart: Callable[[Result], object] = lambda _: None
) -> list[tuple[Result, float]]:
    """First line of each cell with an intermediate phase, and its change against the baseline of its seed.

    Cells whose baseline is not there, or that do not record the score, are left out.

    Args:
        lines: Results of any cells.
        apart: Function of a result that gives what tells its target apart besides what lines record.
    """
    lines = list(lines)
    names = differing(lines)
    baselines: dict[tuple[object, ...], float] = {}
    cells: dict[tuple[object, ...], Result] = {}
    for line in lines:
        if line.run.target.validation is None:
            continue
        if line.run.trained_intermediate.rows:
            phase = line.run.intermediate
            cell = (
                phase.task,
                phase.lang,
                phase.rows,
                phase.budget,
                phase.ids,
                line.run.tuning,
                line.run.cell,
            )
            cells.setdefault((_of_target(line, names), apart(line), cell), line)
        else:
            baselines.setdefault((*_of_target(line, names), apart(line)), line.run.target.validation)
    said = [name for name in names if name not in YOUNGER_SETTINGS]
    changes = []
    for line in cells.values():
        # An older baseline does not say the younger settings: it stands for all of them.
        targets = [(*_of_target(line, names, said=part), apart(line)) for part in (None, said)]
        before = next((baselines[target] for target in targets if target in baselines), None)
        if before is not None:
            changes.append((line, (line.run.target.validation or 0.0) - before))
    return changes


def source_changes(lines: Iterable[Result]) -> list[SourceChange]:
    """Changes over seeds, for each intermediate task, language and size, in that order.

    Args:
        lines: Results of cells that differ in seed and intermediate data alone, baselines among them.
    """
    changes: dict[tuple[str, str, int], dict[Repeat, float]] = {}
    for line, change in paired_changes(lines):
        phase = line.run.intermediate
        by_repeat = changes.setdefault((phase.task, phase.lang, phase.rows), {})
        # Cells that differ in a setting which lines do not record: what harms is not hidden by what does not.
        by_repeat[repeat_of(line)] = min(change, by_repeat.get(repeat_of(line), change))
    return [
        SourceChange(intermediate=task, lang=lang, rows=rows, by_seed=seed_means(by_repeat))
        for (task, lang, rows), by_repeat in sorted(changes.items())
    ]


def damage(curve: Sequence[Result], margin: float) -> list[Damage]:
    """Intermediate languages of a curve that have harmed the encoder at some size, for certain.

    Args:
        curve: Results of cells that differ in seed, size and language of the intermediate data alone.
        margin: Fall of the source language's score, in points, that counts as none.
    """
    return [item for item in _falls(curve, margin) if item.is_certain]


def possible_damage(curve: Sequence[Result], margin: float) -> list[Damage]:
    """Intermediate languages of a curve whose mean falls beyond the margin at some size, perhaps by chance.

    Args:
        curve: Results of cells that differ in seed, size and language of the intermediate data alone.
        margin: Fall of the source language's score, in points, that counts as none.
    """
    return [item for item in _falls(curve, margin) if not item.is_certain]


def _falls(curve: Sequence[Result], margin: float) -> list[Damage]:
    changes = source_changes(curve)
    langs = dict.fromkeys(change.lang for change in changes if change.falls(margin))
    return [
        Damage(
            target=first.task,  # as the curve calls it, with the settings that tell it from others
            metric=first.run.target.metric,
            source=first.run.target.lang,
            budget=first.run.intermediate.budget,
            changes=tuple(change for change in changes if change.lang == lang),
            margin=margin,
        )
        for lang in langs
        for first in [next(line for line in curve if line.run.trained_intermediate.lang == lang)]
    ]


def _of_target(
    line: Result, names: Collection[str], *, said: Collection[str] | None = None
) -> tuple[object, ...]:
    """What a cell shares with its baseline: target, seed, and the settings of these names, as far as said."""
    target = line.run.target
    # Of another split is the score that is reported, not the one on validation data.
    settings = (
        get(line) if said is None or name in said else ""
        for name, get in TARGET_SETTINGS.items()
        if name in names and name != "split"
    )
    return (target.task, target.ids, target.metric, line.run.seed, *settings)
