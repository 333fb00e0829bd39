"""Rows of one task as the pipeline reads and encodes them, and loaders of their batches."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from torch.utils.data import DataLoader
from transformers import PreTrainedTokenizerBase

from xtl.api.dealing import dealt_loader
from xtl.caching.session import SessionCache, shared_cache
from xtl.data.splits import Split, Subset
from xtl.errors import ConfigError, DataNotFoundError
from xtl.evaluation.read import read_tests
from xtl.models.load import load_tokenizer
from xtl.pipeline.read import read_phase
from xtl.schemas.cell import TrainConfig
from xtl.schemas.task import TaskConfig
from xtl.store.records import Phase
from xtl.tasks.base import Task
from xtl.tasks.build import all_languages_of
from xtl.tasks.loaders import evaluation_loader, training_loader
from xtl.training.device import DeviceSettings
from xtl.types import SplitName


@dataclass(frozen=True, kw_only=True, slots=True)
class Dealing:
    """Which batches are this process's.

    Attributes:
        rank: Number of this process, from 0.
        processes: Number of processes.
    """

    rank: int = 0
    processes: int = 1


@dataclass(kw_only=True)
class TaskRows:
    """Rows of one task, read and encoded when they are asked for.

    Attributes:
        config: Config of a cell; the task is its intermediate one where there is one, else its target.
        chosen_tokenizer: Tokenizer in the place of the backbone's.
        cache: Splits and features that this process has read or encoded before.
    """

    config: TrainConfig
    chosen_tokenizer: PreTrainedTokenizerBase | None = None
    cache: SessionCache = field(default_factory=shared_cache)

    def __reduce__(self) -> tuple[Callable[[], "TaskRows"], tuple[()]]:
        """Pickle what was asked for, not what was read: another process maps the same files."""
        return partial(TaskRows, config=self.config, chosen_tokenizer=self.chosen_tokenizer), ()

    @property
    def settings(self) -> TaskConfig:
        """Config of the task."""
        return self.config.intermediate or self.config.target

    @cached_property
    def phase(self) -> Phase:
        """The task with its rows to train on.

        Raises:
            DataNotFoundError: if a language or split is not there, or has fewer rows than asked for.
            DataFormatError: if a file is not in its format.
        """
        name = "target" if self.config.intermediate is None else "intermediate"
        return read_phase(name, self.settings, self.config, self.cache)

    @property
    def task(self) -> Task:
        """The task."""
        return self.phase.task

    @cached_property
    def tokenizer(self) -> PreTrainedTokenizerBase:
        """Tokenizer that encodes.

        Raises:
            BackboneError: if that of the backbone is not there.
        """
        backbone = self.config.backbone
        return self.chosen_tokenizer or load_tokenizer(
            backbone.source, path=backbone.path, revision=backbone.revision
        )

    @cached_property
    def tests(self) -> Mapping[str, Split]:
        """Split that is scored, by language.

        Raises:
            ConfigError: if the task is a mixture.
            DataNotFoundError: if a language that was asked for is not there, or none is.
            DataFormatError: if a file is not in its format.
        """
        if self.task.members:
            raise ConfigError(
                f"task '{self.task.name}': expected one task to test, got {len(self.task.members)} that "
                "train together; test each with a data module of its own"
            )
        split = self.settings.scored_split
        langs, cache = self.settings.langs, self.cache.examples
        return read_tests(self.task, self.config.data, langs, split=split, cache=cache)

    def test(self, lang: str) -> Split:
        """Split of one of :attr:`tests`.

        Raises:
            DataNotFoundError: for another language.
        """
        if lang not in self.tests:
            raise DataNotFoundError(
                f"expected one of the languages that are scored ({', '.join(self.tests)}), got {lang!r}"
            )
        return self.tests[lang]

    def languages(self, split: SplitName) -> list[str]:
        """Languages of the task, or of one of its members, that have a split."""
        tasks = [*self.task.members.values()] or [self.task]
        return list(dict.fromkeys(lang for task in tasks for lang in all_languages_of(task, split)))

    @cached_property
    def train_features(self) -> Sequence[Any]:
        """Encoded rows to train on.

        Raises:
            DataNotFoundError: if there are none.
        """
        if not self.phase.train:
            raise DataNotFoundError(
                f"task '{self.task.name}': expected rows to train on, got none; give lang=, or a size or "
                "fraction above 0"
            )
        return self._encoded(self.phase.train)

    def features(self, lang: str, split: SplitName) -> Sequence[Any]:
        """Encoded rows of one language, of a mixture those of all members that have it.

        Args:
            lang: Code of the language.
            split: Split that the language has.
        """
        tasks = [*self.task.members.values()] or [self.task]
        subsets = [
            Subset.first(self.cache.examples.split(task, self.config.data, lang, split))
            for task in tasks
            if lang in all_languages_of(task, split)
        ]
        return self._encoded(subsets)

    def training_batches(self, *, seed: int, dealing: Dealing) -> DataLoader[Any]:
        """Loader of batches of similar length, in an order that depends on seed and epoch alone.

        Args:
            seed: Seed of the order.
            dealing: Which batches are this process's; all processes get as many.
        """
        loader, _ = training_loader(
            self.task, self.train_features, pad_id=self.tokenizer.pad_token_id, updates=None, seed=seed
        )
        return dealt_loader(loader, rank=dealing.rank, processes=dealing.processes, is_even=True)

    def evaluation_batches(self, lang: str, split: SplitName, *, dealing: Dealing) -> DataLoader[Any]:
        """Loader of batches of bounded size, each example in one batch of one process.

        Args:
            lang: Code of the language.
            split: Split that the language has.
            dealing: Which batches are this process's.

        Raises:
            DataNotFoundError: if there are fewer examples than processes, which would wait for each other.
        """
        features = self.features(lang, split)
        most = DeviceSettings.of(self.config.trainer).eval_tokens
        for max_tokens in (most, 1):  # 1: an example is a batch, where there are fewer batches than processes
            loader = evaluation_loader(
                self.task, features, pad_id=self.tokenizer.pad_token_id, max_tokens=max_tokens
            )
            if len(loader) >= dealing.processes:
                return dealt_loader(loader, rank=dealing.rank, processes=dealing.processes, is_even=False)
        raise DataNotFoundError(
            f"task '{self.task.name}' {split} ({lang}): expected an example for each of {dealing.processes} "
            f"processes, got {len(loader)}; use fewer devices"
        )

    def _encoded(self, subsets: Sequence[Subset]) -> Sequence[Any]:
        return self.cache.features.features(self.task, subsets, self.tokenizer)
