"""What there is: every task of ``conf/task`` in a few words, read from its file without composing a cell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from xtl.config.compose import conf_dir
from xtl.errors import ConfigError, nearest
from xtl.languages import filled
from xtl.types import SPLITS

TARGETS = ("xnli", "pawsx", "udpos", "panx", "xquad", "mlqa", "tydiqa", "bucc2018", "tatoeba")
"""The nine tasks of XTREME (Hu et al. 2020)."""


INTERMEDIATE = ("anli", "mnli", "qqp", "squad2", "squad1", "hellaswag", "ccg", "cosmosqa", "csqa")
"""The nine intermediate tasks of Phang et al. 2020."""


GROUPS = {
    "targets": "Targets: the nine tasks of XTREME",
    "intermediate": "Intermediate: the nine tasks of Phang et al. 2020",
    "more": "More tasks, for either place",
    "pocket": "pocket: made by xtl, nothing to download",
}
"""Groups of tasks, in order, with their headings. Any task can stand in either place of a chain."""


_NO_TASKS = ("none", "mixture")


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, kw_only=True, slots=True)
class HubLocation:
    """A repository that holds a task, or a part of it; attributes as in ``HubSet``, words made lists."""

    repository: str
    config: str
    langs: Sequence[str]
    splits: Mapping[str, str]
    lacks: Mapping[str, Sequence[str]]

    def holds(self, lang: str, split: str) -> bool:
        """Whether its file says that a language has a split there."""
        return lang in self.langs and split in self.splits and lang not in self.lacks.get(split, ())

    def config_of(self, lang: str) -> str:
        """Name the config of a language."""
        return filled(self.config, lang)


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskCard:
    """One task.

    Attributes:
        name: Its name.
        group: One of :data:`GROUPS`.
        task_type: Name of the task type, such as tagging.
        metrics: Scores.
        languages: Codes.
        more_languages: Those that XTREME-R adds.
        train_languages: Codes of those with training rows; none: nothing is trained.
        eval_split: What is scored.
        folder: Under ``data.root``.
        parts: Split to the parts that make it up.
        quoted: Whether its ``.tsv`` files are quoted.
        hub: Where the hub has it.
        absent: Why the hub does not.
        published: Split to rows in one language, as published.
        aligned: Splits whose rows are translations of each other.
        licence: Of its data.
        reference: Where it comes from.
    """

    name: str
    group: str
    task_type: str
    metrics: Sequence[str]
    languages: Sequence[str]
    more_languages: Sequence[str]
    train_languages: Sequence[str]
    eval_split: str
    folder: str
    parts: Mapping[str, Sequence[str]]
    quoted: bool
    hub: Sequence[HubLocation]
    absent: str
    published: Mapping[str, int]
    aligned: Sequence[str]
    licence: str
    reference: str


def task_cards(names: Sequence[str] = ()) -> list[TaskCard]:
    """Describe tasks, group by group; those of a group in the order of their papers.

    Args:
        names: Which; none: all.

    Raises:
        ConfigError: if there is no task of a name.
    """
    files = {path.stem: path for path in sorted((conf_dir() / "task").glob("*.yaml"))}
    known = [name for name in dict.fromkeys([*TARGETS, *INTERMEDIATE, *files])
             if name in files and name not in _NO_TASKS]  # fmt: skip
    for name in names:
        if name not in known:
            raise ConfigError(
                f"task '{name}': expected one of {', '.join(known)}{nearest(name, known)}; a new one is a "
                f"file in {conf_dir() / 'task'}"
            )
    order = list(GROUPS)
    cards = [_card(files[name]) for name in known if not names or name in names]
    return sorted(cards, key=lambda card: order.index(card.group))


def pocket_sizes() -> dict[str, int]:
    """Rows of each split that ``data=pocket`` makes."""
    return dict(_values(conf_dir() / "data" / "pocket.yaml")["sizes"])


def _card(path: Path) -> TaskCard:
    own = _values(path)
    task_type = next(_task_types(own), "")
    task = {**_type_values("base"), **_type_values(task_type), **own}
    languages = _words(task, "languages")
    trains = _words(task, "train_languages") or languages
    return TaskCard(
        name=str(task["name"]),
        group=_group(path.stem),
        task_type=task_type,
        metrics=list(task["metrics"]),
        languages=languages,
        more_languages=_words(task, "languages_xtreme_r"),
        train_languages=trains if task["lang"] else [],
        eval_split=str(task["eval_split"]),
        folder=str(task.get("folder") or task["name"]),
        parts=_words_of(task.get("parts")),
        quoted=bool(task.get("quoted", False)),
        hub=[_place(held, languages) for held in (task.get("hub") or {}).get("sets", {}).values()],
        absent=str((task.get("hub") or {}).get("absent", "")).strip(),
        published={split: int(rows) for split, rows in (task.get("published") or {}).items()},
        aligned=_words(task, "aligned"),
        licence=str(task.get("licence", "")),
        reference=str(task.get("reference", "")),
    )


def _group(name: str) -> str:
    if name.startswith("pocket_"):
        return "pocket"
    return "targets" if name in TARGETS else "intermediate" if name in INTERMEDIATE else "more"


def _task_types(task: Mapping[str, Any]) -> Iterator[str]:
    """Find ``/task_type/tagging@_here_`` among what a task's file builds on."""
    for entry in task.get("defaults", ()):
        if isinstance(entry, str) and entry.startswith("/task_type/"):
            yield entry.removeprefix("/task_type/").partition("@")[0]


def _type_values(task_type: str) -> Mapping[str, Any]:
    return _values(conf_dir() / "task_type" / f"{task_type}.yaml")


def _place(held: Mapping[str, Any], languages: Sequence[str]) -> HubLocation:
    return HubLocation(
        repository=str(held["repository"]),
        config=str(held.get("config", "default")),
        langs=_words(held, "langs") or languages,
        splits={split: str(name) for split, name in held.get("splits", {}).items() if split in SPLITS},
        lacks=_words_of(held.get("lacks")),
    )


def _words(values: Mapping[str, Any], key: str) -> list[str]:
    return str(values.get(key) or "").split()


def _words_of(table: Mapping[str, Any] | None) -> dict[str, list[str]]:
    return {key: str(words).split() for key, words in (table or {}).items()}


@cache
def _values(path: Path) -> Mapping[str, Any]:
    """Read a file of ``conf/``; references stay as they are written."""
    return dict(yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER))  # noqa: S506  a safe loader
