"""Schema of a task: what all task types share."""

from dataclasses import dataclass, field
from typing import Any

from omegaconf import MISSING

from xtl.schemas.recipe import RecipeConfig, TuningConfig


@dataclass
class HubSet:
    """A repository of the hub that holds a task, or a part of it."""

    repository: str = MISSING
    """Such as google/xtreme."""
    config: str = "default"
    """Of a language: {lang} is the task's code, {lang2} and {lang3} ISO 639-1 and -3, {name} English."""
    revision: str = ""
    """Commit, tag or branch; empty: that of all sets."""
    langs: str = ""
    """Languages that it holds, separated by spaces; empty: all of the task's."""
    splits: dict[str, str] = field(default_factory=dict)
    """train, validation, test to the name that each has there."""
    lacks: dict[str, str] = field(default_factory=dict)
    """Split to languages that do not have it, separated by spaces."""
    columns: dict[str, str] = field(default_factory=dict)
    """Column that the task names to what it is called there, where that differs."""


@dataclass
class HubConfig:
    """Where data=hub finds a task."""

    revision: str = "main"
    """Of sets that name none. Pin a commit to have the same rows for ever."""
    sets: dict[str, HubSet] = field(default_factory=dict)
    """By name. The first one that has a language and split counts, unless the split has parts."""
    absent: str = ""
    """Of a task that the hub does not have: why, and what to do."""


@dataclass
class TaskConfig:
    """What every task says of itself."""

    name: str = MISSING
    """What results call it."""
    task_type: str = MISSING
    """Kind of task, such as tagging."""
    languages: str = MISSING
    """Codes of all its languages, separated by spaces."""
    languages_xtreme_r: str = ""
    """Codes of the languages that XTREME-R adds; scored where target.langs names them."""
    train_languages: str = ""
    """Codes of the languages that have training rows, separated by spaces; empty: all of languages."""
    lang: Any = MISSING
    """What it trains on: a code, codes joined by +, or a list of codes."""
    lang_sampling: str = "uniform"
    """How rows are shared out between several languages: uniform, proportional or temperature."""
    fraction: float = 1.0
    """Share of the training rows, in [0, 1]; 0: the phase is left out."""
    size: int | None = None
    """Number of training rows, instead of a fraction."""
    shots: int = 0
    """Rows of each scored language that has a training set, added to those of ``lang`` (few-shot)."""
    budget: str = "epochs"
    """epochs: as the recipe says, so less data means fewer updates; steps:N: N updates at every size."""
    langs: Any = None
    """What is scored: codes, all, xtreme, xtreme_r, family:Germanic, script:Latn; null: every one of
    languages that has eval_split."""
    eval_split: str = "test"
    """What is scored: test, or validation where a set has no public test."""
    max_len: int = MISSING
    """Longest input in sub-words, special tokens included."""
    metrics: list[str] = MISSING
    """Scores; the first one chooses weights on the validation set of ``lang``."""
    recipe: RecipeConfig = field(default_factory=RecipeConfig)
    folder: str = ""
    """Its folder under data.root; empty: its name."""
    parts: dict[str, str] = field(default_factory=dict)
    """Split to the names of the parts that make it up: files <split>.<part>.<format>, or sets of the hub."""
    rows: dict[str, str] = field(default_factory=dict)
    """Which rows belong to a language where a file or config holds several: column to pattern, as in
    HubSet.config, with * for anything."""
    hub: HubConfig = field(default_factory=HubConfig)
    tuning: TuningConfig = field(default_factory=TuningConfig)
    reference: str = ""
    """Where the task comes from."""
    licence: str = ""
    """Of its data. None of them come with xtl, except what xtl makes itself."""
    published: dict[str, int] = field(default_factory=dict)
    """Split to its rows as its authors publish it, in one language (English where there is English)."""
    aligned: str = ""
    """Splits whose rows are translations of each other in all languages, separated by spaces."""
