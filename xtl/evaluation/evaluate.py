"""Every language of a task: predictions to parquet first, then scores from the file."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, cast

import pyarrow.parquet as pq

from xtl.caching.session import SessionCache
from xtl.data.splits import Split, Subset, examples_of
from xtl.distributed.group import ALONE, ProcessGroup
from xtl.modules.inference import predict
from xtl.progress import ProgressMeter, progress_meter
from xtl.results import Result, RunInfo
from xtl.runs.run_folder import RunFolder
from xtl.schemas.data import DataConfig
from xtl.tasks.capabilities import TunesThreshold
from xtl.tasks.loaders import evaluation_loader
from xtl.tasks.trained import TrainedTask
from xtl.training.device import DeviceSettings
from xtl.training.memory import evaluation_shortage, shortage_named

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """Scoring of one trained task, and what it needs beside the weights.

    Attributes:
        model: Module, task and tokenizer; the module is left in eval mode.
        data: Source of validation sets, on which a threshold is tuned.
        device_settings: Device, precision, batch size.
        run: Run folder that gets the predictions.
        cache: Splits and features that were read or encoded before.
        thresholds: Thresholds that are known, by languages tuned on, joined by ``+``; others are tuned.
        group: Processes that share out the batches; the main one puts them together, scores and writes.
    """

    model: TrainedTask
    data: DataConfig
    device_settings: DeviceSettings
    run: RunFolder
    cache: SessionCache = field(default_factory=SessionCache)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    group: ProcessGroup = ALONE

    def evaluate(self, tests: Mapping[str, Split], *, run_info: RunInfo, folder: str = "") -> list[Result]:
        """Predict and score every language; leave predictions and counts per example in the run folder.

        Args:
            tests: Splits by language.
            run_info: Identity of the run that the scores are of.
            folder: Folder of the predictions; empty: the name of the task.

        Returns:
            One result for each language and metric, in the order of ``tests``, on all processes.
        """
        task = self.model.task
        results: list[Result] = []
        thresholds: dict[str, float | None] = {}
        with progress_meter(
            f"{task.name} {task.config.eval_split}", sum(map(len, tests.values()))
        ) as progress:
            for lang, split in tests.items():
                threshold = self._threshold(lang, thresholds)
                predictions = self._predict([Subset.first(split)], progress, note=lang)
                if not self.group.is_main:
                    continue
                table = task.table(split.examples, predictions, threshold)
                path = self.run.write_predictions(folder or task.name, lang, split.name, table)
                # From the file, so that a score can be had again from it alone.
                written = pq.read_table(path)
                counts = task.counts(split.examples, written)
                if counts is not None:
                    self.run.write_counts(folder or task.name, lang, split.name, counts)
                for metric, value in task.scores(written).items():
                    results.append(
                        Result(
                            task=task.name,
                            lang=lang,
                            split=split.name,
                            metric=metric,
                            value=value,
                            n=len(split),
                            data=split.digest[:16],
                            run=run_info,
                        )
                    )
        tuned = {langs: value for langs, value in thresholds.items() if value is not None}
        if tuned and not folder and self.group.is_main:
            self.run.write_thresholds(task.name, tuned)
        return self.group.from_main(lambda: results)

    def _threshold(self, lang: str, tuned: dict[str, float | None]) -> float | None:
        """Threshold of the task, if it has one: the one that is known, or tuned where its rule says.

        Tuned on validation sets for the first metric, and used for all. Where those are what is scored, as of
        SQuAD 2.0, the first metric is what the official script calls best; a warning says so.
        """
        task = self.model.task
        if not task.threshold_rule:
            return None
        langs = tuple(task.config.lang) if task.threshold_rule == "train" else (lang,)
        name = "+".join(langs)
        if name not in tuned:
            tuned[name] = self.thresholds[name] if name in self.thresholds else self._tuned(langs)
        return tuned[name] or 0.0

    def _tuned(self, langs: Sequence[str]) -> float | None:
        """Threshold tuned on the validation sets of some languages; ``None`` where there are none."""
        task = self.model.task
        available = task.source.languages("validation")
        subsets = [
            Subset.first(self.cache.examples.split(task, self.data, code, "validation"))
            for code in langs
            if code in available
        ]
        if not subsets:
            logger.warning("%s: no validation set in %s; the threshold is 0", task.name, ", ".join(langs))
            return None
        scored = "+".join(subset.split.lang for subset in subsets)
        if task.config.eval_split == "validation":
            logger.warning(
                "%s: the threshold is tuned for %s on the validation set of %s, which is scored too: compare "
                "%s with what the official script calls best; other scores are at the same threshold, and "
                "may be below their best",
                task.name, task.config.metrics[0], scored, task.config.metrics[0],
            )  # fmt: skip
        with progress_meter(f"{task.name} threshold ({scored})", sum(map(len, subsets))) as progress:
            predictions = self._predict(subsets, progress, note="")
        return self.group.from_main(
            lambda: cast(TunesThreshold, task).tune(examples_of(subsets), predictions)
        )

    def _predict(self, subsets: list[Subset], progress: ProgressMeter, *, note: str) -> list[Any]:
        model, settings = self.model, self.device_settings
        features = self.cache.features.features(model.task, subsets, model.tokenizer)
        loader = evaluation_loader(
            model.task,
            features,
            pad_id=model.tokenizer.pad_token_id,
            max_tokens=settings.eval_tokens,
            rank=self.group.rank,
            processes=self.group.size,
        )
        batches: list[Sequence[Any]] = []
        seen: set[Any] = set()
        where = " ".join(filter(None, (model.task.name, note)))
        with shortage_named(evaluation_shortage(where, "trainer.eval_tokens", settings.eval_tokens)):
            for batch, tokens in predict(
                model.module,
                loader,
                device=settings.device,
                precision=settings.precision,
                kernels=settings.kernels,
            ):
                batches.append(batch)
                new = {prediction["id"] for prediction in batch} - seen  # a long example comes in pieces
                seen |= new
                # As many as the others are assumed to have done meanwhile.
                progress.advance(len(new) * self.group.size, tokens=tokens * self.group.size, note=note)
        # In turns, as they were dealt out.
        dealt = zip_longest(*self.group.gathered_on_main(batches), fillvalue=())
        return [prediction for turn in dealt for batch in turn for prediction in batch]
