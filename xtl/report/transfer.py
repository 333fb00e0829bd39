"""How well a cell transfers: its scores by language, the mean of the unseen ones, the gap to the source."""

from collections.abc import Sequence
from dataclasses import dataclass

from xtl.errors import ConfigError
from xtl.languages import language
from xtl.results import Result
from xtl.terminal import PlainTable


@dataclass(frozen=True, kw_only=True, slots=True)
class Transfer:
    """One metric of one cell over languages.

    Attributes:
        task: Name of the task that was scored.
        metric: Name of the score.
        source: Results in the languages of the training set.
        unseen: Results in all other languages, best first.
    """

    task: str
    metric: str
    source: tuple[Result, ...]
    unseen: tuple[Result, ...]

    @property
    def source_mean(self) -> float | None:
        """Unweighted mean over the source languages; ``None`` where none was scored."""
        return _mean(self.source)

    @property
    def unseen_mean(self) -> float | None:
        """Unweighted mean over the unseen languages, the number that zero-shot transfer is judged by."""
        return _mean(self.unseen)

    @property
    def gap(self) -> float | None:
        """Source mean less the mean of the unseen languages; ``None`` where one of them is missing."""
        if self.source_mean is None or self.unseen_mean is None:
            return None
        return self.source_mean - self.unseen_mean


def transfers(results: Sequence[Result]) -> list[Transfer]:
    """Group the results of one cell by task and metric, in the order in which they come."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.task, result.metric), []).append(result)
    return [
        Transfer(
            task=task,
            metric=metric,
            source=tuple(result for result in group if result.is_source),
            unseen=tuple(sorted((r for r in group if not r.is_source), key=lambda r: (-r.value, r.lang))),
        )
        for (task, metric), group in groups.items()
    ]


def headline(results: Sequence[Result]) -> str:
    """Say in one line what a table of one cell is about."""
    first = results[0]
    phases = [phase for phase in first.run.phases if phase.rows]
    trained = ", then on ".join(f"{phase.rows:,} rows of {phase.task} in {phase.lang}" for phase in phases)
    how = f"trained on {trained}" if trained else "as it is, without training"
    return f"{first.task}, {first.split} set: {first.run.backbone} {how}"


def as_table(results: Sequence[Result]) -> PlainTable:
    """Lay the results of one task of one cell out: a row for each language, a column for each metric.

    Args:
        results: Results of one task, one split and one cell; at least one.
    """
    columns = transfers(results)
    first = columns[0]
    table = PlainTable()
    table.add_column("language")
    for column in columns:
        table.add_column(column.metric, justify="right")
    table.add_column("n", justify="right")
    value = {(result.lang, result.metric): result.value for result in results}
    for result in (*first.source, *first.unseen):
        cells = [as_cell(value.get((result.lang, column.metric))) for column in columns]
        table.add_row(_label(result), *cells, f"{result.n:,}")
    table.add_section()
    unseen_means = [column.unseen_mean for column in columns]
    if not results[0].run.target.rows:  # an encoder as it is has no source language, and so no gap
        table.add_row(f"mean of {len(first.unseen)} language(s)", *map(as_cell, unseen_means), "")
        return table
    for label, means in (
        (f"source ({results[0].run.target.lang})", [column.source_mean for column in columns]),
        (f"mean of {len(first.unseen)} other(s)", unseen_means),
        ("gap", [column.gap for column in columns]),
    ):
        table.add_row(label, *map(as_cell, means), "")
    return table


def as_cell(value: float | None) -> str:
    """Write a score with one decimal, or a dash where there is none."""
    return "-" if value is None else f"{value:.1f}"


def _label(result: Result) -> str:
    return f"{result.lang}  {_name(result.lang)}".rstrip() + ("  (source)" if result.is_source else "")


def _name(lang: str) -> str:
    try:
        return language(lang).name
    except ConfigError:
        return ""  # a language of a user's own task need not stand in the table


def _mean(results: Sequence[Result]) -> float | None:
    return sum(result.value for result in results) / len(results) if results else None
