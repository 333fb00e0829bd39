"""Columns that name the settings of a table: intermediate data, and whatever else differs between rows."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields, replace

from xtl.report.intervals.score_intervals import ScoreInterval
from xtl.report.intervals.settings import Setting

_HEADINGS = {
    "budget": "budget", "train_task": "head of", "train_lang": "trained in", "train_rows": "target rows",
    "train_budget": "target budget", "backbone": "backbone", "recipe": "recipe", "tuning": "tuning",
    "device": "device", "selection": "selection", "shots": "shots", "split": "split",
}  # fmt: skip
"""Heading of each field that stands in a table only where it differs."""

_OF_TARGET = ("train_lang", "train_rows", "train_budget", "selection")
"""Fields of the target phase that may differ for one target."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """Column that names settings.

    Attributes:
        heading: Heading.
        name: Field of the setting.
        with_task: Whether the name of the intermediate task stands before the language.
        is_first: Whether it says of the baseline that it has no intermediate data.
        is_number: Whether it stands at the right.
    """

    heading: str
    name: str
    with_task: bool = False
    is_first: bool = False
    is_number: bool = False

    def text(self, setting: Setting) -> str:
        """What stands in the row of a setting."""
        value = getattr(setting, self.name)
        if self.is_first and not setting.rows:
            return "none"
        if self.with_task:
            return f"{setting.intermediate} {setting.lang}"
        return f"{value:,}" if isinstance(value, int) else value or "-"


def label_columns(settings: Sequence[Setting], *, names_task: bool = False) -> list[Label]:
    """Columns for settings: those of the intermediate data, and of what else differs.

    Without intermediate data the rows are those of the target's training set.

    Args:
        settings: Settings of the rows.
        names_task: Whether the intermediate task has a column of its own; else it stands before the language
            where there are several.
    """
    others = differing(settings)
    if not any(setting.rows for setting in settings):
        others = [name for name in others if name != "train_rows"]
        first = [Label(heading="rows", name="train_rows", is_number=True)]
    elif names_task:
        first = [
            Label(heading="intermediate", name="intermediate", is_first=True),
            Label(heading="language", name="lang"),
            Label(heading="rows", name="rows", is_number=True),
        ]
    else:
        several = len({setting.intermediate for setting in settings if setting.rows}) > 1
        heading = "intermediate" if several else "lang"
        first = [
            Label(heading=heading, name="lang", with_task=several, is_first=True),
            Label(heading="rows", name="rows", is_number=True),
        ]
    return first + [Label(heading=_HEADINGS[name], name=name) for name in others]


def differing(settings: Sequence[Setting], *, within: Sequence[str] | None = None) -> list[str]:
    """Fields beside the intermediate data in which settings differ.

    Baselines are compared with baselines: they have no intermediate budget, and no tuning of that phase.

    Args:
        settings: Settings.
        within: Name of the group of each: only differences within one count; ``None``: all are one group.
    """
    groups: dict[tuple[str, bool], list[Setting]] = {}
    for setting, name in zip(settings, within or [""] * len(settings), strict=True):
        groups.setdefault((name, bool(setting.rows)), []).append(setting)
    return [
        name
        for name in _HEADINGS
        if any(len({getattr(setting, name) for setting in group}) > 1 for group in groups.values())
    ]


def target_key(setting: Setting, shown: Collection[str]) -> Setting:
    """Setting without its target, under which the scores of several targets stand in one row.

    Args:
        setting: Setting of one target.
        shown: Fields that differ between the settings of one target, and so stay.
    """
    changed = {name: type(getattr(setting, name))() for name in _OF_TARGET if name not in shown}
    return replace(setting, train_task="", split="", **changed)


def by_setting(intervals: Iterable[ScoreInterval]) -> list[ScoreInterval]:
    """Intervals in the order of the printed rows."""
    return sorted(intervals, key=lambda interval: sort_key(interval.setting))


def sort_key(setting: Setting) -> tuple[object, ...]:
    """Order of rows: the baseline first."""
    return setting.rows > 0, *(getattr(setting, field.name) for field in fields(setting))
