"""Settings that lines do not record, such as a learning rate, told apart by the configs of run folders."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from xtl.results import SETTINGS, YOUNGER_SETTINGS, Result
from xtl.results.repeats import repeat_of
from xtl.results.settings import with_labels
from xtl.runs.file_names import CONFIG
from xtl.schemas.fields import flattened

_PARTS = ("target", "intermediate", "backbone")
"""Parts of a config whose settings decide a score. The rest is the machine's, or recorded in the lines."""

_ELSEWHERE = ("langs", "folder", "hub", "lang", "size", "fraction", "shots", "budget", "tuning")
"""Settings of a phase that lines record, and those that say where its files are."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def unrecorded(
    runs: Mapping[Path, Sequence[Result]], *, also: Collection[str] = ()
) -> dict[Path, dict[str, Any]]:
    """Settings in which cells differ that are one setting and one repeat by their lines, by run folder.

    Empty where there are no such cells, or where their configs are not there.

    Args:
        runs: Results of the recipe's own selections, by run folder.
        also: Names of settings to give besides, such as those in which the cells of another sweep differ.
    """
    groups: dict[tuple[object, ...], dict[str, Path]] = {}
    for folder, lines in runs.items():
        for task in dict.fromkeys(line.task for line in lines):
            first = next(line for line in lines if line.task == task)
            groups.setdefault(setting_and_repeat(first), {}).setdefault(first.run.cell, folder)
    several = [list(group.values()) for group in groups.values() if len(group) > 1]
    names = sorted({*also, *(name for group in several for name in _differing(group))})
    if not names:
        return {}
    return {
        folder: {name: value for name, value in _settings(folder).items() if name in names} for folder in runs
    }


def unrecorded_between(
    before: Mapping[Path, Sequence[Result]],
    after: Mapping[Path, Sequence[Result]],
    *,
    but: Collection[str] = (),
) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Values in two sweeps of the settings in which their cells differ that are alike by their lines.

    Args:
        before: Results of the first sweep, by run folder.
        after: Results of the second one.
        but: Names of settings to leave out, such as those that each sweep varies.

    Returns:
        Name of each setting that has other values in one sweep than in the other, to both.
    """
    settings = unrecorded({**before, **after})
    names = {name for of_run in settings.values() for name in of_run} - {*but}
    values = {
        name: tuple(
            tuple(sorted({str(settings[folder][name]) for folder in runs if name in settings[folder]}))
            for runs in (before, after)
        )
        for name in sorted(names)
    }
    return {name: (first, second) for name, (first, second) in values.items() if first != second}


def counting(line: Result, values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a run that count for a line of it: a baseline has none of the intermediate phase."""
    has_phase = bool(line.run.trained_intermediate.rows)
    return {
        name: value for name, value in values.items() if has_phase or not name.startswith("intermediate.")
    }


def labelled(lines: Iterable[Result], values: Mapping[str, Any]) -> list[Result]:
    """Results whose tasks name the settings of their run: those of its intermediate phase beside that one."""
    of_target: dict[str, Any] = {}
    of_intermediate: dict[str, Any] = {}
    for name, value in values.items():
        part, _, setting = name.partition(".")
        (of_intermediate if part == "intermediate" else of_target)[setting] = value
    return [with_labels(line, of_target, of_intermediate) for line in lines]


def setting_and_repeat(line: Result) -> tuple[object, ...]:
    """What a line records of the setting and the repeat that its cell is of, but for younger settings."""
    run, phase = line.run, line.run.trained_intermediate
    settings = [
        str(get(line))
        for name, get in SETTINGS.items()
        if name not in YOUNGER_SETTINGS and (phase.rows or "intermediate" not in name)
    ]
    return (
        line.task,
        *settings,
        run.target.ids,
        phase.task,
        phase.lang,
        phase.rows,
        phase.ids,
        *repeat_of(line),
    )


def _differing(folders: Sequence[Path]) -> list[str]:
    """Names of the settings that all of the folders have, and not all with one value."""
    settings = [_settings(folder) for folder in folders]
    shared = set.intersection(*({*of_run} for of_run in settings))
    return [name for name in shared if len({repr(of_run[name]) for of_run in settings}) > 1]


def _settings(folder: Path) -> dict[str, Any]:
    """Settings that decide a score by their dotted names; empty without a readable config."""
    try:
        config = yaml.load((folder / CONFIG).read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    settings: dict[str, Any] = {}
    for part in _PARTS:
        phase = config.get(part) if isinstance(config, dict) else None
        if isinstance(phase, dict):
            deciding = {name: value for name, value in phase.items() if name not in _ELSEWHERE}
            settings |= flattened(deciding, f"{part}.")
    return settings
