"""A task type: what the rest of xtl must know of a kind of task before, and without, building one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xtl.schemas.task import TaskConfig


def no_threshold(config: Any) -> str:  # noqa: ANN401, ARG001  a task's config
    """Threshold rule of tasks whose predictions need none."""
    return ""


def no_members(config: Any) -> Mapping[str, TaskConfig]:  # noqa: ANN401, ARG001  a task's config
    """Members of tasks that are not made of other tasks."""
    return {}


def refuse_members(config: TaskConfig, members: Mapping[str, TaskConfig]) -> TaskConfig:
    """Refuse members for a task that is not made of other tasks."""
    raise TypeError(f"task '{config.name}' is not made of other tasks, got {', '.join(members)}")


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskType:
    """Kind of task: its schema, its metrics, and what the engine must do differently for it.

    Every capability is a field here. The engine asks the field, never the class of a task.

    Attributes:
        name: Name in configs, such as ``tagging``; also the name of its folder and of its file in
            ``conf/task_type``.
        schema: Dataclass of its task files.
        metrics: Names that ``metrics`` may hold.
        check: Function that refuses a config whose values cannot work; called with the config and where it
            stands, such as ``target``.
        build: ``module:class`` of its :class:`xtl.tasks.base.Task`, imported when one is built, since torch
            comes with it.
        export: ``module:function`` of a task and its module that gives what other libraries need of them: a
            :class:`xtl.tasks.exported.VectorExport` of a type that embeds, a
            :class:`xtl.tasks.exported.HeadExport` of others; empty: no other library has a class for it.
        trains_whole_table: Whether training reads the whole embedding table, as an output layer tied to it
            does.
        packs_examples: Whether one feature holds several examples, so that what an example becomes depends on
            its neighbours.
        trains: Whether a phase can train on it.
        scores: Whether it can be evaluated by itself.
        predicts_raw: Whether it predicts for raw text.
        embeds: Whether its predictions are vectors.
        compares_examples: Whether the training loss compares the examples of a batch with each other, so that
            a batch must be computed at once, on all devices together.
        reads_words: Whether an example is a list of words, of which files have one a line: rows are
            counted by sentence then, and lengths in words in every language.
        one_example: Whether all files of a language and split are one example.
        version: Version of what training makes of its examples; one above 1 is part of the keys of
            features, phases and cells.
        threshold: Function of the config that names the validation sets on which a threshold of predictions
            is tuned: ``train`` (training languages), ``each`` (each scored language) or empty (no threshold).
        members: Function of the config that gives the tasks it is made of, by name; none for most. A type
            that has some keeps them in a field ``members``, and has ``expand`` and ``with_members``.
        expand: Function of the settings of a composed config that gives its members' names, and for each the
            settings that differ from the member's own file, later ones over earlier ones; ``None``: it has no
            members.
        with_members: Function of a config and its resolved members that gives the config with these members,
            and with all that it says of them together.
        first_name: Name in config files of the first version, where that was another; empty: the same.
    """

    name: str
    schema: type[TaskConfig]
    metrics: Sequence[str]
    check: Callable[[Any, str], None]
    build: str
    export: str = ""
    trains_whole_table: bool = False
    packs_examples: bool = False
    trains: bool = True
    scores: bool = True
    predicts_raw: bool = True
    embeds: bool = False
    compares_examples: bool = False
    reads_words: bool = False
    one_example: bool = False
    version: int = 1
    threshold: Callable[[Any], str] = no_threshold
    members: Callable[[Any], Mapping[str, TaskConfig]] = no_members
    expand: Callable[[Mapping[str, Any]], Mapping[str, Sequence[Mapping[str, Any]]]] | None = None
    with_members: Callable[[Any, Mapping[str, TaskConfig]], TaskConfig] = refuse_members
    first_name: str = ""
