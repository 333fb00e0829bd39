"""A mixture of tasks: what the phases ask of a task, passed on to the tasks it is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, cast

import pyarrow as pa
from transformers import PreTrainedTokenizerBase

from xtl.counts import SkipCounts
from xtl.data.batching import LengthBatchSampler
from xtl.data.mixing import Mixing, MixtureStream, counts, shares, updates_of_an_epoch
from xtl.models import HFBackbone
from xtl.modules.optim import AdamWLinear, OptimizerFactory
from xtl.tasks.base import Task, trains_whole_table
from xtl.tasks.mixture.collate import MixtureCollator
from xtl.tasks.mixture.config import MixtureConfig
from xtl.tasks.mixture.module import MultiTask
from xtl.tasks.mixture.types import MixtureExample, MixtureFeature, MixtureRow
from xtl.types import SplitName


class NoSource:
    """A mixture has no examples but those of its tasks."""

    def languages(self, split: SplitName) -> list[str]:  # noqa: ARG002
        """None."""
        return []

    def examples(self, lang: str, split: SplitName) -> list[Any]:  # noqa: ARG002
        """None."""
        return []


class MixtureTask(Task):
    """Several tasks around one encoder."""

    def __init__(self, config: MixtureConfig, parts: Mapping[str, Task]) -> None:
        super().__init__(config)
        self.parts = parts
        self.labels: tuple[str, ...] = tuple(parts)
        self.source = NoSource()
        self.trains_whole_table = any(trains_whole_table(part) for part in parts.values())
        self.mixing = Mixing(
            scheme=config.sampling, temperature=config.temperature, cap=config.cap, rates=config.rates
        )

    @property
    def skip_counts(self) -> SkipCounts:
        """What reading and encoding counted, of all tasks."""
        return SkipCounts.merged([part.skip_counts for part in self.parts.values()])

    def encode(
        self, examples: Sequence[MixtureExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[MixtureFeature]:
        """Encode examples, each as its task does."""
        encoded = {
            name: self.parts[name].features(rows, tokenizer) for name, rows in self.by_part(examples).items()
        }
        return self.mixed(encoded)

    def by_part(self, examples: Sequence[MixtureExample]) -> dict[str, list[Any]]:
        """Take examples apart, in the order of the tasks; a name that was put in front of a uid stays."""
        found: dict[str, list[Any]] = {name: [] for name in self.parts}
        for one in examples:
            found[one.part].append(replace(one.example, uid=one.uid))
        return found

    def mixed(self, features: Mapping[str, Sequence[Any]]) -> list[MixtureFeature]:
        """Put the features of the tasks one behind the other."""
        return [_mixed(name, feature) for name in self.parts for feature in features.get(name, ())]

    def stream(
        self, features: Sequence[MixtureFeature], *, updates: int | None, seed: int
    ) -> tuple[MixtureStream, int]:
        """Plan training batches.

        Args:
            features: Of all tasks, one behind the other.
            updates: How many batches; ``None``: as many as the recipe's epochs give.
            seed: Of the order.

        Returns:
            The batches, and their number.
        """
        lengths = {
            name: [len(feature["input_ids"]) for feature in own]
            for name, own in groupby(features, key=lambda feature: feature["part"])
        }
        recipes = {name: self.parts[name].task.recipe for name in lengths}
        samplers = {
            name: LengthBatchSampler(own, batch_size=recipes[name].batch_size, seed=seed)
            for name, own in lengths.items()
        }
        if updates is None:
            capped = {name: len(own) if self.mixing.cap is None else min(len(own), self.mixing.cap)
                      for name, own in lengths.items()}  # fmt: skip
            once = {name: -(-size // recipes[name].batch_size) for name, size in capped.items()}
            updates = self.config.recipe.epochs * updates_of_an_epoch(once, self.mixing)
        share_of = shares({name: len(own) for name, own in lengths.items()}, self.mixing)
        return MixtureStream(samplers, counts(share_of, updates), seed=seed), updates

    def collator(self, pad_id: int) -> MixtureCollator:
        """Build what makes a padded batch of one task."""
        return MixtureCollator({name: part.collator(pad_id) for name, part in self.parts.items()})

    def module(
        self,
        backbone: HFBackbone,
        optimizer: OptimizerFactory,
        *,
        dropout: float,  # noqa: ARG002  each task has its own
    ) -> MultiTask:
        """Build a module of modules, each with a new head."""
        unused = AdamWLinear(lr=1.0, total_steps=1)
        modules = {
            name: part.module(backbone, unused, dropout=part.task.recipe.dropout)
            for name, part in self.parts.items()
        }
        return MultiTask(modules, optimizer=optimizer)

    def table(
        self, examples: Sequence[Any], predictions: Sequence[Any], threshold: float | None = None
    ) -> pa.Table:
        """Refuse: the tasks of a mixture are scored one by one."""
        raise NotImplementedError("a mixture is trained on; score its tasks one by one")

    def scores(self, table: pa.Table) -> dict[str, float]:
        """Refuse, as :meth:`table`."""
        raise NotImplementedError("a mixture is trained on; score its tasks one by one")


def mixed_examples(part: str, examples: Sequence[Any]) -> list[MixtureExample]:
    """Say of examples which task they are of."""
    return [MixtureExample(uid=one.uid, lang=one.lang, part=part, example=one) for one in examples]


def _mixed(part: str, feature: Any) -> MixtureFeature:  # noqa: ANN401  of any task
    rows = [row.input_ids for row in feature["rows"]] if "rows" in feature else [feature["input_ids"]]
    return cast(
        MixtureFeature,
        {
            "uid": feature["uid"],
            "group": f"{part}/{feature.get('group', feature['uid'])}",
            "part": part,
            "input_ids": feature["input_ids"],
            "rows": [MixtureRow(ids) for ids in rows],
            "feature": feature,
        },
    )
