"""Result lines of the nine XTREME tasks to a table for each setting that was tried."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from rich import box

from xtl.errors import DataFormatError, DataNotFoundError
from xtl.languages import language
from xtl.report.transfer import as_cell
from xtl.report.xtreme import XTREME, Scores, XtremeAverages, xtreme_averages
from xtl.results import YOUNGER_SETTINGS, Result
from xtl.results.repeats import Repeat, seed_means
from xtl.terminal import PlainTable


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What cells of several tasks have in common, seeds left out."""

    backbone: str
    recipe: str
    tuning: str
    intermediate: str
    lang: str
    rows: int
    budget: str
    shots: int
    device: str
    unrecorded: str = ""
    """What results do not record, such as a learning rate."""

    def __str__(self) -> str:
        """Describe the setting in one line."""
        phase = f"{self.rows:,} rows of {self.intermediate} in {self.lang}, {self.budget}, before"
        before = f", {phase}" if self.rows else ""
        shots = f", {self.shots} shots" if self.shots else ""
        unrecorded = f", {self.unrecorded}" if self.unrecorded else ""
        tuning = f"tuning {self.tuning}"
        return f"{self.backbone}, recipe {self.recipe}, {tuning}, {self.device}{before}{shots}{unrecorded}"


_OF_TASK: Mapping[str, Callable[[Result], object]] = {
    "split": lambda line: line.split,
    "selection": lambda line: line.run.selection,
    "precision": lambda line: line.run.precision,
    "kernels": lambda line: line.run.kernels,
    "training language": lambda line: line.run.target.lang,
    "rows": lambda line: line.run.target.rows,
    "budget": lambda line: line.run.target.budget,
}
"""What tasks of one setting may differ in, and cells of one task may not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Benchmark:
    """The benchmark in one setting.

    Attributes:
        setting: What the cells have in common.
        averages: Averages over languages and tasks, of scores that are means over seeds.
        seeds: Largest number of seeds that a score is the mean of.
    """

    setting: Setting
    averages: XtremeAverages
    seeds: int


def benchmarks(results: Sequence[Result], *, unrecorded: str = "") -> list[Benchmark]:
    """Average the benchmark in each setting.

    Args:
        results: Results of any tasks; those of the benchmark count, on the split that it scores or on one
            named test.
        unrecorded: Settings of all cells that results do not record, as each setting names them.

    Raises:
        DataNotFoundError: if none is of the benchmark.
        DataFormatError: if one seed of one setting has two scores for one task, language and metric, or cells
            of one task differ in more than their seed.
    """
    firsts: dict[tuple[Setting, str], Result] = {}
    values: dict[Setting, dict[str, dict[str, dict[str, dict[tuple[int, int], Result]]]]] = {}
    for result in results:
        task = XTREME.get(result.task)
        if task is None or not result.run.is_selected or result.split not in ("test", task.split):
            continue
        setting = _setting(result, unrecorded)
        _check_alike(firsts.setdefault((setting, result.task), result), result, setting)
        by_task = values.setdefault(setting, {}).setdefault(result.task, {})
        seeds = by_task.setdefault(language(result.lang).code, {}).setdefault(result.metric, {})
        # One run in two folders is read twice and agrees with itself; two runs of one seed need not.
        first = seeds.setdefault((result.run.seed, result.run.data_seed), result)
        if first.value != result.value:
            raise DataFormatError(
                f"{result.task} {result.lang} {result.metric}: expected one score for seed {result.run.seed} "
                f"of {setting}, got {first.value:.2f} and {result.value:.2f}; name a folder without "
                "one of the runs"
            )
    if not values:
        raise DataNotFoundError(
            f"expected results of at least one of XTREME's tasks ({', '.join(XTREME)}), found none"
        )
    return [
        Benchmark(
            setting=setting,
            averages=xtreme_averages({task: _means(by_lang) for task, by_lang in tasks.items()}),
            seeds=max(
                len(seed_means(_values(by_seed)))
                for by_lang in tasks.values()
                for by_metric in by_lang.values()
                for by_seed in by_metric.values()
            ),
        )
        for setting, tasks in values.items()
    ]


def benchmark_table(benchmark: Benchmark) -> PlainTable:
    """Lay tasks, groups and the benchmark out, beside them the means over languages other than English."""
    table = PlainTable(box=box.SIMPLE_HEAD, title=str(benchmark.setting), title_justify="left")
    for name in ("task", "languages", "metrics", "score", "without en"):
        table.add_column(name, justify="left" if name in ("task", "metrics") else "right")
    averages = benchmark.averages
    for name, task in XTREME.items():
        average = averages.tasks.get(name)
        total = len(task.languages.split())
        if average is None:
            table.add_row(name, f"0/{total}", "", "-", "-")
            continue
        metrics = "  ".join(f"{metric} {as_cell(average.metrics[metric])}" for metric in task.metrics)
        mark = "*" if average.missing else ""
        scores = (average.score, _none_if_nan(average.without_english))
        cells = [f"{as_cell(score)}{mark}" for score in scores]
        table.add_row(name, f"{average.count}/{total}", metrics, *cells)
    table.add_section()
    for group in dict.fromkeys(task.group for task in XTREME.values()):
        table.add_row(group, "", "", *map(as_cell, averages.groups.get(group, (None, None))))
    table.add_section()
    table.add_row("XTREME", "", "mean of nine tasks", *map(as_cell, averages.overall or (None, None)))
    return table


def benchmark_notes(benchmark: Benchmark) -> list[str]:
    """Say how to read the table, and what is missing for the overall score."""
    seeds = "one seed" if benchmark.seeds == 1 else f"means over up to {benchmark.seeds} seeds"
    reading = (
        "As XTREME's evaluate.py: unweighted means over all languages of a task, English among them, and "
        f"over nine tasks, computed from unrounded scores and shown with one decimal; {seeds}."
    )
    notes = [reading]
    absent = [name for name in XTREME if name not in benchmark.averages.tasks]
    if absent:
        notes.append(
            f"No results of {', '.join(absent)}: no mean over groups that they are in, nor over all."
        )
    for name, average in benchmark.averages.tasks.items():
        if average.missing:
            notes.append(
                f"* {name} lacks {' '.join(average.missing)}: the mean is over the {average.count} languages "
                "that are there, and counts neither for its group nor for the whole."
            )
    return notes


def _check_alike(first: Result, other: Result, setting: Setting) -> None:
    for name, get in _OF_TASK.items():
        before, now = get(first), get(other)
        if before != now and (name not in YOUNGER_SETTINGS or (before and now)):
            raise DataFormatError(
                f"{first.task} with {setting}: expected cells of one {name}, got {before} and {now}, which "
                "have no mean; name folders with one of them"
            )


def _setting(result: Result, unrecorded: str) -> Setting:
    run, intermediate = result.run, result.run.trained_intermediate
    return Setting(
        backbone=run.backbone,
        recipe=run.recipe,
        tuning=run.tuning,
        intermediate=intermediate.task,
        lang=intermediate.lang,
        rows=intermediate.rows,
        budget=intermediate.budget,
        shots=run.shots,
        device=run.device,
        unrecorded=unrecorded,
    )


def _means(by_lang: Mapping[str, Mapping[str, Mapping[tuple[int, int], Result]]]) -> Scores:
    return {
        lang: {metric: fmean(seed_means(_values(seeds)).values()) for metric, seeds in metrics.items()}
        for lang, metrics in by_lang.items()
    }


def _values(by_seed: Mapping[tuple[int, int], Result]) -> dict[Repeat, float]:
    """Values by seed and draw of rows."""
    return {(seed, str(data_seed)): line.value for (seed, data_seed), line in by_seed.items()}


def _none_if_nan(value: float) -> float | None:
    return None if value != value else value  # NaN alone differs from itself
