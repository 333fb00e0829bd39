"""Cards of tasks: every file of ``conf/task``, and of a folder of the user's, in a few words."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xtl.config.catalogue.task_files import file_values, task_values, type_name
from xtl.config.groups import FileConfigSource, conf_dir, refuse_shipped_names
from xtl.errors import ConfigError, nearest
from xtl.languages import filled
from xtl.schemas.data import DataConfig
from xtl.schemas.fields import MISSING
from xtl.tasks.registry import task_types
from xtl.types import SPLITS

logger = logging.getLogger(__name__)

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


@dataclass(frozen=True, kw_only=True, slots=True)
class HubLocation:
    """Repository that holds a task, or a part of it.

    Attributes:
        repository: Name on the hub, such as ``google/xtreme``.
        config: Name of the config of a language, with fields such as ``{lang}``.
        langs: Codes of the languages that it holds.
        splits: Split to its name in the repository.
        lacks: Split to codes of the languages that do not have it.
        refused: Codes of languages, separated by spaces, to why their rows there are not the task's.
    """

    repository: str
    config: str
    langs: Sequence[str]
    splits: Mapping[str, str]
    lacks: Mapping[str, Sequence[str]]
    refused: Mapping[str, str]

    def holds(self, lang: str, split: str) -> bool:
        """Whether the task's file says that a language has a split in this repository."""
        is_absent = lang in " ".join(self.refused).split() or lang in self.lacks.get(split, ())
        return lang in self.langs and split in self.splits and not is_absent

    def config_of(self, lang: str) -> str:
        """Name of the config of a language."""
        return filled(self.config, lang)


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskCard:
    """One task, as its file describes it.

    Attributes:
        name: Name of the task.
        group: Key of :data:`GROUPS`.
        task_type: Name of the task type, such as tagging.
        metrics: Names of the scores.
        languages: Codes of the languages.
        more_languages: Codes of the languages that XTREME-R adds.
        train_languages: Codes of the languages with training rows; none: nothing is trained.
        eval_split: Split that is scored.
        folder: Folder under ``data.root``.
        parts: Split to the names of the parts that make it up.
        quoted: Whether ``.tsv`` files are quoted.
        hub: Repositories of the hub that hold it.
        absent: Reason why the hub does not have it.
        published: Split to number of rows in one language, as published.
        aligned: Splits whose rows are translations of each other.
        licence: Licence of the data.
        reference: Address of a paper or page about it.
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


def task_cards(names: Sequence[str] = (), *, folder: Path | None = None) -> list[TaskCard]:
    """Cards of tasks, group by group; those of a group in the order of their papers.

    Args:
        names: Names of the tasks; none: all.
        folder: Folder of more config files, as ``--config-dir`` of the commands: ``task/weather.yaml`` in it.

    Raises:
        ConfigError: if there is no task of a name, its file cannot be read, or one in ``folder`` has the name
            of one of xtl.
    """
    if folder:
        refuse_shipped_names([FileConfigSource("command-line", str(folder))])
    folders = [conf_dir(), *([folder] if folder else [])]
    paths = [path for root in folders for path in sorted((root / "task").glob("*.yaml"))]
    files = {path.stem: path for path in paths if _is_scored(path)}
    available = [name for name in dict.fromkeys([*TARGETS, *INTERMEDIATE, *files]) if name in files]
    for name in names:
        if name not in available:
            raise ConfigError(
                f"task '{name}': expected one of {', '.join(available)}{nearest(name, available)}; a new one "
                "is a file task/NAME.yaml in the folder of --config-dir"
            )
    order = list(GROUPS)
    cards = [card for name in available if not names or name in names for card in _cards(files[name], names)]
    return sorted(cards, key=lambda card: order.index(card.group))


def pocket_data() -> DataConfig:
    """Data of ``data=pocket`` with nothing beside it."""
    return DataConfig(**file_values(conf_dir() / "data" / "pocket.yaml"))


def _is_scored(path: Path) -> bool:
    """Whether a file of ``conf/task`` is a task by itself: neither ``none`` nor one made of other tasks."""
    task_type = task_types().get(type_name(path))
    return task_type is not None and task_type.scores


def _cards(path: Path, names: Sequence[str]) -> list[TaskCard]:
    """Card of a task; none, with a warning, of one that is no task if nobody asked for it by name."""
    try:
        return [_card(path)]
    except ConfigError as error:
        if path.stem in names:
            raise
        logger.warning("%s: left out", error)
        return []


def _card(path: Path) -> TaskCard:
    task_type, task = type_name(path), task_values(path)
    missing = [key for key in ("name", "languages", "metrics") if task.get(key) in (None, MISSING)]
    if missing:
        raise ConfigError(f"{path}: expected a task with {', '.join(missing)}, found none")
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
        hub=[_location(table, languages) for table in (task.get("hub") or {}).get("sets", {}).values()],
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


def _location(table: Mapping[str, Any], languages: Sequence[str]) -> HubLocation:
    return HubLocation(
        repository=str(table["repository"]),
        config=str(table.get("config", "default")),
        langs=_words(table, "langs") or languages,
        splits={split: str(name) for split, name in table.get("splits", {}).items() if split in SPLITS},
        lacks=_words_of(table.get("lacks")),
        refused={str(langs): str(why).strip() for langs, why in (table.get("refused") or {}).items()},
    )


def _words(values: Mapping[str, Any], key: str) -> list[str]:
    return str(values.get(key) or "").split()


def _words_of(table: Mapping[str, Any] | None) -> dict[str, list[str]]:
    return {key: str(words).split() for key, words in (table or {}).items()}
