"""Configs of mixtures: several tasks in one phase."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xtl.errors import ConfigError
from xtl.schemas.fields import FEATURES, ROWS, WEIGHTS, setting
from xtl.schemas.ranges import at_least, one_of
from xtl.schemas.task import TaskConfig
from xtl.types import SAMPLINGS

_SHARED = ("lang", "fraction", "size", "lang_sampling", "tuning")
"""Settings of a mixture that hold for each of its tasks."""

_OF_MEMBERS = ("batch_size", "dropout", "validation_rows")
"""Settings of a mixture's recipe that hold for each of its tasks, where they are given for the mixture."""

_OF_PHASE = ("epochs", "lr", "head_lr", "warmup", "weight_decay", "clip", "selection", "patience")
"""Settings of a recipe that all tasks of a phase share, since one optimiser trains them together."""


@dataclass
class MixtureConfig(TaskConfig):
    """Config of several tasks around one encoder.

    lang, fraction, size, lang_sampling and tuning hold for each task whose settings do not say otherwise; so
    do shots, max_len, and of the recipe batch_size, dropout and validation_rows, where the mixture has them.
    """

    tasks: list[str] = setting(default_factory=list, affects={FEATURES, ROWS})
    """Names of tasks, such as [mnli,squad1,mlm]."""
    settings: dict[str, Any] = setting(default_factory=dict, affects={FEATURES, ROWS})
    """Settings of a task that differ from its own file, such as {mnli: {lang: de, size: 1000}}."""
    members: dict[str, TaskConfig] = setting(default_factory=dict, affects={FEATURES, WEIGHTS})
    """The tasks in full; filled in from tasks and settings."""
    sampling: str = setting("proportional", affects={FEATURES, WEIGHTS})
    """Way to share batches out: uniform, proportional (to the number of examples as they are
    encoded: windows of questions and blocks of text count one by one) or temperature."""
    temperature: float = setting(1.0, affects={FEATURES, WEIGHTS})
    """For sampling=temperature: shares are proportional to examples^(1/temperature)."""
    cap: int | None = setting(None, affects={FEATURES, WEIGHTS})
    """Most examples, windows or blocks of a task that count; null: all."""
    rates: dict[str, float] = setting(default_factory=dict, affects={FEATURES, WEIGHTS})
    """Tasks with a fixed share of the batches, such as {mlm: 0.1}; the others share the rest."""

    @property
    def has_rows(self) -> bool:
        """Whether any of its tasks asks for rows; its own size and fraction are only what they begin with."""
        return any(member.has_rows for member in self.members.values())


def expand(settings: Mapping[str, Any]) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Settings of each task of a mixture that differ from its own file: the shared ones, then its own.

    Args:
        settings: Settings of the mixture as it was composed.

    Example:
        >>> shared = {"lang": "de", "fraction": 1.0, "size": None, "lang_sampling": "uniform", "tuning": {}}
        >>> expand({**shared, "tasks": ["mnli"], "settings": {"mnli": {"size": 9}}})["mnli"][1]
        {'size': 9}
    """
    shared = {key: settings[key] for key in _SHARED}
    # These are each task's own, unless they are given: not 0, and no reference to the recipe of a name.
    shared |= {key: settings[key] for key in ("shots", "max_len") if settings.get(key)}
    recipe = settings.get("recipe") or {}
    # null stands for all rows of a validation set.
    of_members = {
        key: recipe[key] for key in _OF_MEMBERS if key in recipe and not isinstance(recipe[key], str)
    }
    shared |= {"recipe": of_members} if of_members else {}
    names = dict.fromkeys(map(str, settings["tasks"]))
    return {name: [shared, settings["settings"].get(name) or {}] for name in names}


def with_members(mixture: MixtureConfig, members: Mapping[str, TaskConfig]) -> MixtureConfig:
    """Mixture of ``members``, named after them and in all their languages."""
    tasks = members.values()
    languages = [lang for task in tasks for lang in [*task.languages.split(), *task.lang]]
    return replace(
        mixture,
        members=dict(members),
        name="+".join(members),
        lang=list(dict.fromkeys(lang for task in tasks for lang in task.lang)),
        languages=" ".join(dict.fromkeys(languages)),
    )


def check(task: MixtureConfig, where: str) -> None:
    """Refuse settings that cannot work, beside those that tasks of all types share."""
    if not where.startswith("intermediate"):
        raise ConfigError(
            f"{where}: expected a task that can be scored, got a mixture; train on it with "
            "intermediate=mixture"
        )
    if not task.members:
        raise ConfigError(
            f"{where}.tasks: expected names of tasks, such as '{where}.tasks=[mnli,squad1,mlm]', got none"
        )
    if len({*task.tasks}) < len(task.tasks):
        raise ConfigError(f"{where}.tasks: expected different tasks, got {', '.join(task.tasks)}")
    one_of(task.sampling, SAMPLINGS, f"{where}.sampling")
    if not task.temperature > 0:
        raise ConfigError(f"{where}.temperature: expected a number above 0, got {task.temperature}")
    if task.cap is not None:
        at_least(task.cap, 1, f"{where}.cap")
    _check_settings(task, where)
    for name, member in task.members.items():
        if member.tuning != task.tuning:
            raise ConfigError(
                f"{where}.settings.{name}.tuning: expected none, since all tasks of a mixture train one "
                f"encoder; set {where}.tuning"
            )
    _check_rates(task, where)


def _check_settings(task: MixtureConfig, where: str) -> None:
    for name, changes in task.settings.items():
        one_of(str(name), list(task.members), f"{where}.settings")
        refused = [f"recipe.{key}" for key in (changes or {}).get("recipe") or {} if key in _OF_PHASE]
        for key in (*refused, *(["budget"] if "budget" in (changes or {}) else [])):
            raise ConfigError(
                f"{where}.settings.{name}.{key}: expected none, since all tasks of a mixture train together; "
                f"set {where}.{key}"
            )


def _check_rates(task: MixtureConfig, where: str) -> None:
    for name, rate in task.rates.items():
        one_of(str(name), list(task.members), f"{where}.rates")
        if not 0 < rate < 1:
            raise ConfigError(f"{where}.rates.{name}: expected a share between 0 and 1, got {rate}")
        # Where none has rows the phase is left out, as that of a baseline.
        if task.has_rows and not task.members[str(name)].has_rows:
            raise ConfigError(
                f"{where}.rates.{name}: expected none for a task without rows ({where}.settings.{name}), got "
                f"{rate}"
            )
    rest = [name for name, member in task.members.items() if member.has_rows and name not in task.rates]
    if task.has_rows and task.rates and not rest:
        raise ConfigError(
            f"{where}.rates: expected rates of some tasks, so that another takes what is left, got one for "
            f"each that has rows: {dict(task.rates)}; leave one out"
        )
    if sum(task.rates.values()) >= 1:
        raise ConfigError(
            f"{where}.rates: expected shares that leave some for the other tasks, got {dict(task.rates)}"
        )
