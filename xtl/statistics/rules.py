"""The rules of a sweep on disk, written down before its first cell runs: margins, levels and its plan."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from xtl.atomic import write_json
from xtl.errors import DataFormatError
from xtl.statistics.verdicts import Rules

FILE_NAME = "rules.json"

_PLAN = "plan"


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetPlan:
    """What was decided for a target before the sweep ran.

    Attributes:
        metric: Primary metric: the one that curves and verdicts are of.
        selections: Selections of its weights; several only where the grid varies them.
        budgets: Lengths of its training, such as ``epochs:3``.
    """

    metric: str
    selections: tuple[str, ...]
    budgets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepPlan:
    """Grid of a sweep as it was planned.

    Attributes:
        seeds: Seeds of the grid when its first cell ran.
        added: Seeds that were added later, step by step.
        targets: What was decided for each target.
        intermediates: Budgets of each intermediate task.
    """

    seeds: tuple[int, ...]
    added: tuple[tuple[int, ...], ...] = ()
    targets: Mapping[str, TargetPlan] = field(default_factory=dict)
    intermediates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def extended(self, now: "SweepPlan", seeds_more: Sequence[int]) -> "SweepPlan":
        """Plan with what a later start of the sweep adds: tasks that it lacks, and seeds as a further step.

        What was decided before stays.

        Args:
            now: Plan of that start.
            seeds_more: Seeds that it adds to the grid, those of earlier steps among them.
        """
        present = {*self.seeds, *(seed for seeds in self.added for seed in seeds)}
        step = tuple(seed for seed in seeds_more if seed not in present)
        return SweepPlan(
            seeds=self.seeds or now.seeds,
            added=(*self.added, step) if step else self.added,
            targets={**now.targets, **self.targets},
            intermediates={**now.intermediates, **self.intermediates},
        )


def write_rules(
    folder: Path, rules: Rules, plan: SweepPlan | None = None, *, seeds_more: Sequence[int] = ()
) -> None:
    """Write the rules of a sweep into its folder, unless they stand there: the first ones count.

    Args:
        folder: Folder of the sweep.
        rules: Margins and levels.
        plan: Plan of the grid; one that stands there is extended, see :meth:`SweepPlan.extended`.
        seeds_more: Seeds that this start of the sweep adds to its grid. In a sweep that has not run they
            are planned ones.

    Raises:
        DataFormatError: if the file holds something else.
    """
    path = folder / FILE_NAME
    written, before = read_rules(folder), read_plan(folder)
    if plan is not None:
        if written is None:
            plan = SweepPlan(
                seeds=(*plan.seeds, *seeds_more), targets=plan.targets, intermediates=plan.intermediates
            )
        else:
            plan = (before or plan).extended(plan, seeds_more)
    if written is None or plan != before:
        write_json(path, asdict(written or rules) | ({} if plan is None else {_PLAN: asdict(plan)}))


def read_rules(folder: Path) -> Rules | None:
    """Rules that were written before the sweep ran; ``None`` if there are none.

    Raises:
        DataFormatError: if the file holds something else.
    """
    values = _read(folder)
    if values is None:
        return None
    try:
        return Rules(**{name: value for name, value in values.items() if name != _PLAN})
    except (ValueError, TypeError) as error:
        raise _damaged(folder, error) from error


def read_plan(folder: Path) -> SweepPlan | None:
    """Plan that was written before the sweep ran; ``None`` if there is none, as in folders of older versions.

    Raises:
        DataFormatError: if the file holds something else.
    """
    values = (_read(folder) or {}).get(_PLAN)
    if values is None:
        return None
    try:
        return SweepPlan(
            seeds=tuple(map(int, values["seeds"])),
            added=tuple(tuple(map(int, seeds)) for seeds in values["added"]),
            targets={
                task: TargetPlan(
                    metric=str(plan["metric"]),
                    selections=tuple(plan["selections"]),
                    budgets=tuple(plan["budgets"]),
                )
                for task, plan in values["targets"].items()
            },
            intermediates={task: tuple(budgets) for task, budgets in values["intermediates"].items()},
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _damaged(folder, error) from error


def _read(folder: Path) -> dict[str, Any] | None:
    try:
        values = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _damaged(folder, error) from error
    if not isinstance(values, dict):
        raise _damaged(folder, f"it is a {type(values).__name__}")
    return values


def _damaged(folder: Path, reason: object) -> DataFormatError:
    names = ", ".join(asdict(Rules()))
    return DataFormatError(
        f"{folder / FILE_NAME}: expected a JSON object with {names}, got something else ({reason}); remove "
        "it to judge by other rules, which the report then says"
    )


def changed_rules(before: Rules, now: Rules) -> Mapping[str, tuple[object, object]]:
    """Values that are not those written down before: name to both.

    Example:
        >>> dict(changed_rules(Rules(), Rules(margin=1.0)))
        {'margin': (0.5, 1.0)}
    """
    written, used = asdict(before), asdict(now)
    return {name: (value, used[name]) for name, value in written.items() if used[name] != value}
