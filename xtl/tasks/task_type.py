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
        trains_whole_table: Whether training reads the whole embedding table, as an output layer tied to it
            does.
        packs_examples: Whether one feature holds several examples, so that what an example becomes depends on
            its neighbours.
        trains: Whether a phase can train on it.
        scores: Whether it can be evaluated by itself.
        predicts_raw: Whether it predicts for raw text.
        embeds: Whether its predictions are vectors.
        reads_words: Whether an example is a list of words, which files have a line each: they are counted by
            sentence, and lengths are in words in every language.
        one_example: Whether all files of a language and split are one example.
        needs_vectors: Whether it is built with the backbone's own way to make vectors.
        threshold: Function of the config that names the validation sets on which a threshold of predictions is
            tuned: ``train`` (training languages), ``each`` (each scored language) or empty (no threshold).
        members: Function of the config that gives the tasks it is made of, by name; none for most.
        expand: Function that fills in members of a composed config; see :mod:`xtl.config.compose`.
    """

    name: str
    schema: type[TaskConfig]
    metrics: Sequence[str]
    check: Callable[[Any, str], None]
    build: str
    trains_whole_table: bool = False
    packs_examples: bool = False
    trains: bool = True
    scores: bool = True
    predicts_raw: bool = True
    embeds: bool = False
    reads_words: bool = False
    one_example: bool = False
    threshold: Callable[[Any], str] = no_threshold
    members: Callable[[Any], Mapping[str, TaskConfig]] = no_members
