"""Raw text to predictions with a finished run: lines in, one record for each of them out, in their order."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, cast

from torch.utils.data import DataLoader

from xtl.data.batching import evaluation_batches
from xtl.data.raw import LineLocation, guess_format, read_raw
from xtl.data.rows import SkipReason
from xtl.errors import ConfigError
from xtl.languages import language
from xtl.models import HFBackbone
from xtl.modules.inference import predict
from xtl.prediction.writers import PredictionWriter
from xtl.progress import ProgressMeter
from xtl.runs.run_folder import THRESHOLDS
from xtl.runs.saved_run import SavedRun
from xtl.schemas.cell import TrainConfig
from xtl.tasks.base import Task, lengths_of
from xtl.tasks.build import build_task
from xtl.tasks.capabilities import PredictsRaw
from xtl.tasks.trained import TrainedTask
from xtl.training.device import DeviceSettings
from xtl.training.memory import evaluation_shortage, shortage_named

logger = logging.getLogger(__name__)

CHUNK = 1000
"""Number of lines that are read and predicted together."""


Line = tuple[str, str]
"""Location of a line, such as ``stdin:1``, and its text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RawSettings:
    """How raw lines are read and predicted.

    Attributes:
        lang: Code of their language; empty: not said.
        form: ``text`` or ``jsonl``; ``None``: as the first line that is not blank looks.
        chunk: Number of lines that are held in memory together.
        accelerator: Device, one of those of ``trainer.accelerator``.
        precision: Precision, one of those of ``trainer.precision``.
        batch_tokens: Most positions of a batch, counted as ``trainer.eval_tokens`` are.
    """

    lang: str = ""
    form: str | None = None
    chunk: int = CHUNK
    accelerator: str = "auto"
    precision: str = "auto"
    batch_tokens: int | None = None


@dataclass(kw_only=True, slots=True)
class RawPredictor:
    """The trained task of a run, for raw lines.

    Attributes:
        model: Encoder, head and task.
        raw: The same task, as one that reads raw lines.
        device_settings: Device, precision, batch size.
        threshold: Threshold of the task as the run tuned it; ``None``: it has none.
        settings: How lines are read.
        width: Length of a vector, where records hold vectors; 0 elsewhere.
        form: Format of the lines, once the first one that is not blank has settled it.
        counts: Numbers of lines so far by what was left out or cut.
    """

    model: TrainedTask
    raw: PredictsRaw
    device_settings: DeviceSettings
    threshold: float | None
    settings: RawSettings
    width: int
    form: str = ""
    counts: Counter[str] = field(default_factory=Counter)

    @classmethod
    def load(cls, folder: Path, settings: RawSettings) -> "RawPredictor":
        """Take up a finished run.

        Args:
            folder: Run folder.
            settings: How lines are read.

        Raises:
            ConfigError: if it is no run folder, its task predicts nothing for raw text, or the device is not
                there or does not compute in that precision.
            CheckpointError: if its head or encoder is not there or damaged.
        """
        if settings.lang:
            language(settings.lang)
        run = SavedRun.open(folder, data_needed=False)
        config: TrainConfig = run.config
        task = build_task(config.target, config.data, config.backbone.embedding)
        if not task.type.predicts_raw:
            raise ConfigError(
                f"{folder}: expected a task that predicts for raw text, got one of '{task.type.name}'"
            )
        run.check_head(task)
        run.check_trained(task)
        trainer = replace(
            config.trainer,
            devices=1,  # whatever it was trained on
            nodes=1,
            accelerator=settings.accelerator,
            precision=settings.precision,
            eval_tokens=settings.batch_tokens,
        )
        device_settings = DeviceSettings.for_computing(trainer)
        model = run.load(task)
        return cls(
            model=model,
            raw=cast(PredictsRaw, task),
            device_settings=device_settings,
            threshold=_threshold(run, task),
            settings=settings,
            width=cast(HFBackbone, model.module.backbone).hidden_size if task.type.embeds else 0,
        )

    def run(self, lines: Iterable[Line], writer: PredictionWriter, progress: ProgressMeter) -> int:
        """Predict for all lines; hold no more than a chunk of them.

        Args:
            lines: Lines with their locations, in any number.
            writer: Writer of the records.
            progress: Display of how far it is.

        Returns:
            Number of lines.

        Raises:
            DataFormatError: at a line that is not in its format; what came before its chunk has been written.
        """
        total, stream = 0, iter(lines)
        while chunk := list(islice(stream, self.settings.chunk)):
            writer.write(self.records(chunk, first=total, progress=progress))
            total += len(chunk)
        return total

    def records(
        self, lines: Sequence[Line], *, first: int = 0, progress: ProgressMeter | None = None
    ) -> list[dict[str, Any]]:
        """Predict for some lines.

        Args:
            lines: Lines with their locations.
            first: Number of lines before these.
            progress: Display of how far it is.

        Returns:
            A record for each, in their order. In that of a line that nothing can be predicted for, all values
            are ``None`` and ``error`` says why.
        """
        parsed = [self._read(line, first + index) for index, line in enumerate(lines)]
        examples = [example for example, _ in parsed if not isinstance(example, SkipReason)]
        answers = iter(self._predicted(examples, progress))
        records = []
        for example, identity in parsed:
            answer = example if isinstance(example, SkipReason) else next(answers)
            if isinstance(answer, SkipReason):
                self.counts[f"nothing predicted: {answer}"] += 1
                answer = dict.fromkeys(self.raw.answers) | {"error": str(answer)}
            records.append({**identity, **answer})
        if progress is not None:
            progress.advance(len(lines), tokens=0)
        return records

    def _read(self, line: Line, number: int) -> tuple[Any, Mapping[str, Any]]:
        where, text = line
        location = LineLocation(
            where=where, uid=f"{self.model.task.name}/raw/{number}", lang=self.settings.lang
        )
        return read_raw(self.raw.raw, text, location, form=self._form(text))

    def _form(self, text: str) -> str:
        """Settle the format at the first line that is not blank."""
        if not self.form and text.strip():
            self.form = self.settings.form or guess_format(text)
            form = "JSON lines" if self.form == "jsonl" else "plain text"
            logger.info("reading %s (see --format)", form)
            if self.form == "text" and self.model.task.type.reads_words:
                _warn_of_spaces(self.settings.lang)
        return self.form or "text"

    def _predicted(
        self, examples: Sequence[Any], progress: ProgressMeter | None
    ) -> Sequence[dict[str, Any] | SkipReason]:
        if not examples:
            return []
        task, tokenizer = self.model.task, self.model.tokenizer
        features = self.raw.raw_features(examples, tokenizer)
        for reason, uids in task.skip_counts.take().items():
            self.counts[reason] += len(uids)
        # Pieces and windows of one text are joined later, and need not share a batch however long it is.
        groups = [str(index) for index in range(len(features))]
        settings = self.device_settings
        batches = evaluation_batches(lengths_of(features), groups, max_tokens=settings.eval_tokens)
        loader: DataLoader[Any] = DataLoader(
            features,  # type: ignore[arg-type]  # a list is a Dataset
            batch_sampler=batches,
            collate_fn=task.collator(tokenizer.pad_token_id),
        )
        predictions: list[Any] = []
        with shortage_named(evaluation_shortage(task.name, "--batch-tokens", settings.eval_tokens)):
            for batch, tokens in predict(
                self.model.module,
                loader,
                device=settings.device,
                precision=settings.precision,
                kernels=settings.kernels,
            ):
                predictions += batch
                if progress is not None:
                    progress.advance(0, tokens=tokens)
        return self.raw.records(examples, predictions, self.threshold)


def _threshold(run: SavedRun, task: Task) -> float | None:
    """Threshold that the run tuned on its training languages."""
    if task.threshold_rule != "train":
        return None
    langs = "+".join(task.config.lang)
    thresholds = run.folder.thresholds(task.name)
    if langs not in thresholds:
        logger.warning(
            "%s: no threshold of %s tuned on %s; it is 0 (no answer is given where its score is higher)",
            run.folder.path / THRESHOLDS, task.name, langs,
        )  # fmt: skip
    return thresholds.get(langs, 0.0)


def _warn_of_spaces(lang: str) -> None:
    if lang and not language(lang).spaced:
        logger.warning(
            "%s is written without spaces, and words are taken to be separated by spaces; without them a "
            'sentence gets one tag. Give words as JSON lines {"words": [...]}',
            language(lang).name,
        )
