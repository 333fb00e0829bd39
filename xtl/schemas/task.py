"""Schema of a task: what all task types share."""

from dataclasses import dataclass, field
from typing import Any, cast

from xtl.schemas.fields import FEATURES, MISSING, NOTHING, ROWS, SCORES, TUNING, WEIGHTS, setting
from xtl.schemas.recipe import RecipeConfig, TuningConfig
from xtl.types import SplitName


@dataclass
class HubSet:
    """A repository of the hub that holds a task, or a part of it."""

    repository: str = MISSING
    """Name on the hub, such as google/xtreme."""
    config: str = "default"
    """Name of the config of a language: {lang} is the task's code, {lang2} and {lang3} ISO 639-1 and -3,
    {name} English."""
    revision: str = ""
    """Commit, tag or branch; empty: that of all sets."""
    langs: str = ""
    """Languages that it holds, separated by spaces; empty: all of the task's."""
    splits: dict[str, str] = field(default_factory=dict)
    """train, validation, test to the name that each has there."""
    lacks: dict[str, str] = field(default_factory=dict)
    """Split to languages that do not have it, separated by spaces."""
    refused: dict[str, str] = setting(default_factory=dict, affects=NOTHING)
    """Languages, separated by spaces, to why their rows there are not the task's, and what to read."""
    columns: dict[str, str] = field(default_factory=dict)
    """Column that the task names to what it is called there, where that differs."""


@dataclass
class HubConfig:
    """Repositories in which data=hub finds a task."""

    revision: str = "main"
    """Revision of sets that name none. Pin a commit to have the same rows for ever."""
    sets: dict[str, HubSet] = field(default_factory=dict)
    """Sets by name. The first one that has a language and split counts, unless the split has parts."""
    absent: str = ""
    """Reason why the hub does not have the task, and what to do."""


@dataclass
class TaskConfig:
    """Settings that tasks of every type share."""

    name: str = setting(affects={FEATURES, WEIGHTS, ROWS})
    """Name in results."""
    task_type: str = setting(affects={FEATURES, WEIGHTS})
    """Kind of task, such as tagging."""
    languages: str = setting(affects={ROWS, SCORES})
    """Codes of all its languages, separated by spaces."""
    languages_xtreme_r: str = setting("", affects={SCORES})
    """Codes of the languages that XTREME-R adds; scored where target.langs names them."""
    train_languages: str = setting("", affects=NOTHING)
    """Codes of the languages that have training rows, separated by spaces; empty: all of languages."""
    lang: Any = setting(affects={WEIGHTS, ROWS})
    """Languages to train on: a code, codes joined by +, or a list of codes."""
    lang_sampling: str = setting("uniform", affects={ROWS})
    """Way to share rows out between several languages: uniform, proportional or temperature."""
    fraction: float = setting(1.0, affects={ROWS})
    """Share of the training rows, in [0, 1]; 0: the phase is left out."""
    size: int | None = setting(None, affects={ROWS})
    """Number of training rows, instead of a fraction."""
    shots: int = setting(0, affects={ROWS})
    """Rows of each scored language that has a training set, added to those of ``lang`` (few-shot)."""
    budget: str = setting("epochs", affects={WEIGHTS})
    """epochs: as the recipe says, so less data means fewer updates; steps:N: N updates at every size."""
    langs: Any = setting(None, affects={SCORES, ROWS})
    """Languages to score: codes, all, xtreme, xtreme_r, family:Germanic, script:Latn; null: every one of
    languages that has eval_split."""
    eval_split: str = setting("test", affects={SCORES})
    """Split to score: test, or validation where a set has no public test."""
    max_len: int = setting(affects={FEATURES, WEIGHTS})
    """Longest input in sub-words, special tokens included."""
    metrics: list[str] = setting(affects={FEATURES, WEIGHTS, SCORES})
    """Scores; the first one chooses weights on the validation set of ``lang``."""
    recipe: RecipeConfig = setting(default_factory=RecipeConfig, affects={WEIGHTS})
    folder: str = setting("", affects={FEATURES, ROWS})
    """Folder under data.root; empty: the name of the task."""
    parts: dict[str, str] = setting(default_factory=dict, affects={FEATURES, ROWS})
    """Split to the names of the parts that make it up: files <split>.<part>.<format>, or sets of the hub."""
    rows: dict[str, str] = setting(default_factory=dict, affects={FEATURES, ROWS})
    """Rows that belong to a language where a file or config holds several: column to pattern, as in
    HubSet.config, with * for anything; language? is a column that counts where there is one."""
    hub: HubConfig = setting(default_factory=HubConfig, affects={FEATURES, ROWS})
    agreement: float = setting(1.0, affects={FEATURES, ROWS}, is_younger=True)
    """pocket_pos: share of the words that keep their tag, others get any; below 0: share of the words whose
    tag means another one in each language."""
    tuning: TuningConfig = setting(default_factory=TuningConfig, affects={TUNING})
    reference: str = setting("", affects=NOTHING)
    """Address of a paper or page about the task."""
    licence: str = setting("", affects=NOTHING)
    """Licence of the data. None of them come with xtl, except what xtl makes itself."""
    published: dict[str, int] = setting(default_factory=dict, affects=NOTHING)
    """Split to its rows as its authors publish it, in one language (English where there is English)."""
    aligned: str = setting("", affects=NOTHING)
    """Splits whose rows are translations of each other in all languages, separated by spaces."""

    @property
    def scored_split(self) -> SplitName:
        """Split to score."""
        return cast(SplitName, self.eval_split)

    @property
    def has_rows(self) -> bool:
        """Whether any training row is asked for."""
        return 0 not in (self.size, self.fraction)

    @property
    def trains(self) -> bool:
        """Whether weights change: rows are asked for, and epochs."""
        return self.has_rows and self.recipe.epochs > 0
