"""Settings that results must share to be averaged, and names that tell those of different ones apart."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from xtl.results.lines import Result

_Getter = Callable[[Result], object]

TARGET_SETTINGS: Mapping[str, _Getter] = {
    "split": lambda line: line.split,
    "selection": lambda line: line.run.selection,
    "shots": lambda line: line.run.shots,
    "recipe": lambda line: line.run.recipe,
    "backbone": lambda line: line.run.backbone,
    "precision": lambda line: line.run.precision,
    "kernels": lambda line: line.run.kernels,
    "device": lambda line: line.run.device,
    "tuning": lambda line: line.run.tuning.split(">")[-1],
    "trained on": lambda line: line.run.target.task,
    "trained in": lambda line: line.run.target.lang,
    "rows": lambda line: line.run.target.rows,
    "budget": lambda line: line.run.target.budget,
}
"""Settings of a target, which decide which baseline its cells are compared with."""

YOUNGER_SETTINGS = ("precision", "kernels")
"""Settings that older lines do not say: an empty value is no other one."""

INTERMEDIATE_SETTINGS: Mapping[str, _Getter] = {
    "intermediate budget": lambda line: line.run.intermediate.budget,
    "intermediate tuning": lambda line: line.run.tuning.split(">")[0],
}
"""Settings of an intermediate phase with rows; its baseline has none of them."""

SETTINGS: Mapping[str, _Getter] = {**TARGET_SETTINGS, **INTERMEDIATE_SETTINGS}


def differing(results: Iterable[Result]) -> dict[str, list[str]]:
    """Settings in which results of one task (and one intermediate task) differ: name to the values, sorted.

    What older lines do not say, such as the precision, is taken for what the others have.

    Args:
        results: Scores, of any number of runs and tasks.
    """
    values: dict[tuple[str, str], dict[str, None]] = {}
    for line in results:
        for owner, name, value in _settings_of(line):
            values.setdefault((owner, name), {})[value] = None
    names: dict[str, list[str]] = {}
    for (_, name), of_owner in values.items():
        said = [value for value in of_owner if value or name not in YOUNGER_SETTINGS]
        if len(said) > 1:
            names[name] = sorted({*names.get(name, []), *of_owner})
    return names


def told_apart(results: Sequence[Result], names: Collection[str] | None = None) -> list[Result]:
    """Results under names that tell different settings apart, so that no mean is taken over them.

    A task that was scored with two recipes becomes two, ``udpos [recipe=hu2020]`` and ``udpos
    [recipe=small]``; an intermediate task with two budgets likewise. Where nothing differs, all stays.

    Args:
        results: Results of one or several sweeps.
        names: Names of settings to tell apart; ``None``: those in which the results differ.
    """
    differing_names = differing(results) if names is None else names
    if not differing_names:
        return list(results)
    return [_named(line, differing_names) for line in results]


def contents(result: Result) -> Iterator[tuple[str, str]]:
    """Each set of data that a result hangs on, as messages name it, and the hash of its content.

    Args:
        result: One score.
    """
    if result.data:
        yield f"{result.split} set of {result.task} in {result.lang}", result.data
    for phase in result.run.phases:
        if phase.data:
            rows = f"{phase.rows:,} training rows of {phase.task} in {phase.lang}"
            yield f"{rows} (ids {phase.ids})", phase.data


def selected(results: Iterable[Result]) -> list[Result]:
    """Results of the recipe's own selection, without those of other selections beside them.

    Args:
        results: Scores, of any number of runs.
    """
    return [result for result in results if result.run.is_selected]


def _settings_of(line: Result) -> Iterator[tuple[str, str, str]]:
    """Owner, name and value of each setting."""
    for name, get in TARGET_SETTINGS.items():
        yield line.task, name, str(get(line))
    if line.run.trained_intermediate.rows:
        for name, get in INTERMEDIATE_SETTINGS.items():
            yield f"{line.task}\n{line.run.intermediate.task}", name, str(get(line))


def _named(line: Result, shown: Collection[str]) -> Result:
    of_target, of_intermediate = (
        {name: get(line) for name, get in settings.items() if name in shown}
        for settings in (TARGET_SETTINGS, INTERMEDIATE_SETTINGS)
    )
    return with_labels(line, of_target, of_intermediate)


def with_labels(
    line: Result, of_target: Mapping[str, object], of_intermediate: Mapping[str, object]
) -> Result:
    """Result whose task names settings, and whose intermediate task does, where it has rows.

    Args:
        line: Result.
        of_target: Settings that its task is to name, by what they are called there.
        of_intermediate: Settings that its intermediate task is to name.
    """
    task = _with_label(line.task, of_target)
    phase = line.run.trained_intermediate
    if not phase.rows:
        return replace(line, task=task)
    named = replace(phase, task=_with_label(phase.task, of_intermediate))
    phases = (*line.run.phases[:-2], named, line.run.target)
    return replace(line, task=task, run=replace(line.run, phases=phases))


def _with_label(task: str, values: Mapping[str, object]) -> str:
    # Labels stand in names of files too.
    label = ", ".join(f"{name}={value}" for name, value in values.items()).replace("/", "_")
    return f"{task} [{label}]" if label else task
