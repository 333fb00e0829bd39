"""A mixture of tasks: all that the engine asks of a task, passed on to the tasks it is made of."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from statistics import fmean
from typing import Any, NoReturn

from torch.utils.data import Sampler
from transformers import PreTrainedTokenizerBase

from xtl.counts import SkipCounts
from xtl.data.batching import LengthBatchSampler
from xtl.data.mixing import Mixing, MixtureStream, counts, shares, updates_of_an_epoch
from xtl.data.source import Source
from xtl.data.splits import Subset
from xtl.data.stored import FeatureSet, as_features, joined
from xtl.models import HFBackbone
from xtl.modules.optim import AdamWLinear, OptimizerFactory
from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.data import DataConfig
from xtl.tasks.base import Task
from xtl.tasks.build import build_task
from xtl.tasks.chance import Chance
from xtl.tasks.mixture.collate import MixtureCollator
from xtl.tasks.mixture.config import MixtureConfig
from xtl.tasks.mixture.features import MemberFeatures
from xtl.tasks.mixture.module import MultiTask
from xtl.tasks.mixture.types import MixtureFeature
from xtl.types import SplitName

logger = logging.getLogger(__name__)


class NoSource:
    """Source of a mixture, which has no examples but those of its members."""

    def languages(self, split: SplitName) -> list[str]:  # noqa: ARG002  each language has all splits
        """No language."""
        return []

    def examples(self, lang: str, split: SplitName) -> list[Any]:  # noqa: ARG002
        """No example."""
        return []


class MixtureTask(Task):
    """Several tasks around one encoder."""

    source: Source = NoSource()

    def __init__(self, config: MixtureConfig, data: DataConfig, embedding: EmbeddingConfig) -> None:
        self._members = {name: build_task(member, data, embedding) for name, member in config.members.items()}
        # With what members have taken from the encoder's settings, such as the way to embed: keys hash it.
        configs = {name: member.config for name, member in self._members.items()}
        super().__init__(replace(config, members=configs))
        self._labels = tuple(self._members)
        self._mixing = Mixing(
            scheme=config.sampling, temperature=config.temperature, cap=config.cap, rates=config.rates
        )

    @property
    def members(self) -> Mapping[str, Task]:
        """Tasks it is made of, in the order of the config."""
        return self._members

    @property
    def skip_counts(self) -> SkipCounts:
        """Counts of all members together."""
        return SkipCounts.merged([member.skip_counts for member in self._members.values()])

    @property
    def trains_whole_table(self) -> bool:
        """Whether training of any member reads the whole embedding table."""
        return any(member.trains_whole_table for member in self._members.values())

    @property
    def reads_first_token(self) -> bool:
        """Whether the first token stands for the input of any member."""
        return any(member.reads_first_token for member in self._members.values())

    def encode(self, examples: Sequence[Any], tokenizer: PreTrainedTokenizerBase) -> NoReturn:  # noqa: ARG002
        """Refuse: each member encodes its own examples, see :meth:`join`.

        Raises:
            TypeError: always.
        """
        raise TypeError("a mixture joins features of its members")

    def join(self, features: Mapping[str, Sequence[Any]]) -> FeatureSet:
        """Features of the members, one member behind the other."""
        return joined([MemberFeatures(name, features.get(name, ())) for name in self._members])

    def training_batches(
        self, features: Sequence[MixtureFeature], *, updates: int | None, seed: int
    ) -> tuple[Sampler[list[int]], int]:
        """Batches of one member each, shared out as the config says; see :meth:`Task.training_batches`."""
        whole_set = as_features(features)
        by_member = groupby(zip(whole_set.values("member"), whole_set.lengths(), strict=True), itemgetter(0))
        lengths = {name: [length for _, length in run] for name, run in by_member}
        batch_sizes = {name: self._members[name].config.recipe.batch_size for name in lengths}
        samplers = {
            name: LengthBatchSampler(values, batch_size=batch_sizes[name], seed=seed)
            for name, values in lengths.items()
        }
        if updates is None:
            # Division rounded up: a last batch that is not full is an update too.
            num_batches = {
                name: -(-self._capped(len(lengths[name])) // size) for name, size in batch_sizes.items()
            }
            updates = self.config.recipe.epochs * updates_of_an_epoch(num_batches, self._mixing)
        share_of = shares({name: len(values) for name, values in lengths.items()}, self._mixing)
        batches_of = counts(share_of, updates)
        for name in (name for name, count in batches_of.items() if not count):
            logger.warning(
                "%s gets none of the %d batches of %s and is not trained: more rows, epochs or a higher rate "
                "give it some", name, updates, self.name,
            )  # fmt: skip
        stream = MixtureStream(samplers, batches_of, seed=seed)
        return self._steps(stream, updates)

    def chance(self, validation: Sequence[Subset], tokenizer: PreTrainedTokenizerBase) -> Chance | None:
        """Means over the members that have rows, as the score is; ``None`` if one of them knows none."""
        chances = [
            member.chance(rows, tokenizer)
            for name, member in self._members.items()
            if (rows := [subset for subset in validation if subset.split.task == name and len(subset)])
        ]
        known = [chance for chance in chances if chance is not None]
        if not known or len(known) < len(chances):
            return None
        return Chance(
            score=fmean(chance.score for chance in known), bound=fmean(chance.bound for chance in known)
        )

    def collator(self, pad_id: int) -> MixtureCollator:
        """Collator of batches of one member."""
        return MixtureCollator({name: member.collator(pad_id) for name, member in self._members.items()})

    def module(
        self,
        backbone: HFBackbone,
        optimizer: OptimizerFactory,
        *,
        dropout: float,  # noqa: ARG002  each task has its own
    ) -> MultiTask:
        """Module of modules, each with a new head."""
        unused = AdamWLinear(lr=1.0, total_steps=1)
        modules = {
            name: member.module(backbone, unused, dropout=member.config.recipe.dropout)
            for name, member in self._members.items()
        }
        return MultiTask(modules, optimizer=optimizer)

    def table(
        self,
        examples: Sequence[Any],  # noqa: ARG002  a mixture predicts nothing
        predictions: Sequence[Any],  # noqa: ARG002
        threshold: float | None = None,  # noqa: ARG002
    ) -> NoReturn:
        """Refuse: members are scored one by one.

        Raises:
            TypeError: always.
        """
        raise TypeError("a mixture is trained on; score its tasks one by one")

    def scores(self, table: Any) -> NoReturn:  # noqa: ANN401, ARG002
        """Refuse, as :meth:`table`.

        Raises:
            TypeError: always.
        """
        raise TypeError("a mixture is trained on; score its tasks one by one")

    def _capped(self, size: int) -> int:
        return size if self._mixing.cap is None else min(size, self._mixing.cap)
