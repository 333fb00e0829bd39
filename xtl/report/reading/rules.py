"""Rules that a sweep is judged by, and what has changed since they were written down."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from xtl.errors import ConfigError
from xtl.report.verdicts import Judgement
from xtl.results import UNTRAINED, Result, first_metrics
from xtl.statistics import Rules
from xtl.statistics.rules import FILE_NAME, SweepPlan, changed_rules, read_plan, read_rules


def rules_of(
    folders: Sequence[Path], *, margin: float | None, runs: Mapping[Path, Sequence[Result]]
) -> tuple[Rules, list[str]]:
    """Rules to judge by, and what a reader must know of them and of the plans of the sweeps.

    Args:
        folders: Folders of sweeps, or with sweeps below them; the rules of the first one count.
        margin: Gain that is as good as none; ``None``: that of the sweep's rules.
        runs: Results by run folder, under their own names, to compare with the plan of their sweep.

    Raises:
        ConfigError: if the margin is not above 0.
        DataFormatError: if the file of the rules holds something else.
    """
    folders = [sweep for folder in folders for sweep in _sweeps(folder)]
    first, *others = folders
    written = read_rules(first)
    rules = written or Rules()
    notes = [] if written else ["no rules were written down before the cells ran: these are the defaults"]
    if rules.english != "en":
        notes.append(f"'English' stands for {rules.english} here, as sweep.rules.english says")
    if margin is not None:
        try:
            rules = replace(rules, margin=margin)
        except ValueError as error:
            raise ConfigError(f"--margin: {error}") from error
    if written is not None:
        notes += [
            f"changed after the cells ran: {name} {now} in place of {before}"
            for name, (before, now) in changed_rules(written, rules).items()
        ]
    for folder in others:
        changes = changed_rules(read_rules(folder) or rules, rules)
        notes += [
            f"{folder} was planned with {name} {before}, not {now}, which counts here"
            for name, (before, now) in changes.items()
        ]
    for folder in folders:
        plan = read_plan(folder)
        of_sweep = {run: lines for run, lines in runs.items() if run.is_relative_to(folder)}
        # Runs without a score of their own have them all in a folder before, where they count.
        shared = [run for run, lines in of_sweep.items() if not lines]
        before = [line for run, lines in runs.items() if shared and run not in of_sweep for line in lines]
        where = f"{folder}: " if others else ""
        lines = list(chain.from_iterable(of_sweep.values()))
        notes += [f"{where}{note}" for note in (_changes(plan, lines, before) if plan is not None else ())]
    return rules, notes


def _sweeps(folder: Path) -> list[Path]:
    """The folder itself, or those below it that have rules where it has none."""
    if (folder / FILE_NAME).is_file():
        return [folder]
    return sorted(path.parent for path in folder.rglob(FILE_NAME)) or [folder]


def family_note(judgements: Sequence[Judgement]) -> str:
    """Say which p-values Holm took: the number of each claim; empty where there are none."""
    families = {
        str(claim): count
        for judgement in judgements
        for claim, count in judgement.finding.points.family.items()
        if count
    }
    listed = ", ".join(f"'{claim}': {count}" for claim, count in families.items())
    return (
        f"Holm took one family of p-values for each claim, over targets and languages: {listed}"
        if listed
        else ""
    )


def _changes(plan: SweepPlan, results: Sequence[Result], shared: Sequence[Result]) -> Iterator[str]:
    """What is other than planned.

    Args:
        plan: Plan of a sweep.
        results: Results of its runs.
        shared: Results of other sweeps, some of which it has too.
    """
    yield from _seeds(plan, results, shared)
    first_metric = first_metrics(results)
    for task, planned in plan.targets.items():
        lines = [line for line in results if line.task == task]
        if not lines:
            if any(line.task == task for line in shared):
                continue
            yield f"the sweep is not finished: no result of {task}, which was planned"
            continue
        selections = {line.run.selection for line in lines} - {UNTRAINED}
        for name, before, now in (
            ("metric", [planned.metric], {first_metric[task]}),
            ("selection", planned.selections, selections),
            ("budget", planned.budgets, {line.run.target.budget for line in lines if line.run.target.rows}),
        ):
            yield from _change(f"{name} of {task}", before, now)
    for task, budgets in plan.intermediates.items():
        lines = [line for line in results if line.run.trained_intermediate.task == task]
        yield from _change(f"budget of {task}", budgets, {line.run.intermediate.budget for line in lines})


def _change(name: str, before: Sequence[str], now: set[str]) -> Iterator[str]:
    other = sorted(now - {*before})
    if before and other:
        texts = ", ".join(other), ", ".join(before)
        yield "changed after the sweep was planned: {} {} in place of {}".format(name, *texts)


def _seeds(plan: SweepPlan, results: Sequence[Result], shared: Sequence[Result]) -> Iterator[str]:
    steps = [len(seeds) for seeds in plan.added]
    if len(steps) == 1:
        seeds = "1 seed was" if steps[0] == 1 else f"{steps[0]} seeds were"
        yield f"{seeds} added to the plan after a look: one planned step"
    elif steps:
        yield (
            f"seeds were added {len(steps)} times ({', then '.join(map(str, steps))}), each after a look: "
            "more than one planned step, so errors are more frequent than the level says"
        )
    planned, present = {*plan.seeds, *chain.from_iterable(plan.added)}, {line.run.seed for line in results}
    if plan.seeds and present - planned:
        yield f"seeds in no plan of the sweep: {_listed(present - planned)}"
    missing = planned - present - {line.run.seed for line in shared}
    if missing:
        yield f"the sweep is not finished: planned seeds without any result: {_listed(missing)}"


def _listed(seeds: set[int]) -> str:
    return ", ".join(map(str, sorted(seeds)))
