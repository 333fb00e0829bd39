"""Raw text to predictions with a finished run: lines in, one record for each of them out, in their order."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, cast

from torch.utils.data import DataLoader

from xtl.data.batching import evaluation_batches
from xtl.data.raw import Place, guess_format, read_raw
from xtl.data.rows import SkipReason
from xtl.errors import ConfigError
from xtl.languages import language
from xtl.modules.inference import predict
from xtl.prediction.writers import PredictionWriter
from xtl.progress import ProgressMeter, say
from xtl.runs.run_folder import THRESHOLDS
from xtl.runs.saved_run import SavedRun
from xtl.schemas.cell import TrainConfig
from xtl.tasks.base import PredictsRaw, Task
from xtl.tasks.registry import build_task
from xtl.tasks.trained import TrainedTask
from xtl.training.device import DeviceSettings

CHUNK = 1000
"""Lines that are read and predicted together."""


Line = tuple[str, str]
"""Its place, such as ``stdin:1``, and its text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RawSettings:
    """How raw lines are read and predicted.

    Attributes:
        lang: Code of their language; empty: not said.
        form: ``text`` or ``jsonl``; ``None``: as the first line that is not blank looks.
        chunk: Lines that are held in memory together.
        accelerator: As ``trainer.accelerator``.
        precision: As ``trainer.precision``.
        batch_tokens: As ``trainer.eval_tokens``.
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
        raw: The task again, as one that reads raw lines.
        machine: Where to run.
        threshold: Of the task, as the run tuned it; ``None``: it has none.
        settings: How lines are read.
        width: Numbers of a vector, where records hold vectors; 0 elsewhere.
        form: Of the lines, once it is settled.
        counts: Lines so far by what was left out or cut.
    """

    model: TrainedTask
    raw: PredictsRaw
    machine: DeviceSettings
    threshold: float | None
    settings: RawSettings
    width: int
    form: str = ""
    counts: Counter[str] = field(default_factory=Counter)

    @classmethod
    def load(cls, folder: Path, settings: RawSettings) -> "RawPredictor":
        """Take up a finished run.

        Args:
            folder: Its run folder.
            settings: How lines are read.

        Raises:
            ConfigError: if it is no run folder, or its task predicts nothing for raw text.
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
        trainer = replace(
            config.trainer,
            accelerator=settings.accelerator,
            precision=settings.precision,
            eval_tokens=settings.batch_tokens,
        )
        model = run.load(task)
        return cls(
            model=model,
            raw=cast(PredictsRaw, task),
            machine=DeviceSettings.of(trainer),
            threshold=_threshold(run, task),
            settings=settings,
            width=model.module.backbone.hidden_size if task.type.embeds else 0,
        )

    def run(self, lines: Iterable[Line], sink: PredictionWriter, meter: ProgressMeter) -> int:
        """Predict for all lines; hold no more than a chunk of them.

        Args:
            lines: In any number.
            sink: Takes a record for each.
            meter: Shows how far it is.

        Returns:
            How many lines there were.

        Raises:
            DataFormatError: at a line that is not in its format; what came before its chunk has been written.
        """
        done, stream = 0, iter(lines)
        while chunk := list(islice(stream, self.settings.chunk)):
            sink.write(self.records(chunk, first=done, meter=meter))
            done += len(chunk)
        return done

    def records(
        self, lines: Sequence[Line], *, first: int = 0, meter: ProgressMeter | None = None
    ) -> list[dict[str, Any]]:
        """Predict for some lines.

        Args:
            lines: With their places.
            first: Lines there were before.
            meter: Shows how far it is.

        Returns:
            A record for each, in their order. Of a line that nothing can be predicted for, all values are
            ``None`` and ``error`` says why.
        """
        read = [self._read(line, first + at) for at, line in enumerate(lines)]
        examples = [example for example, _ in read if not isinstance(example, SkipReason)]
        found = iter(self._predicted(examples, meter))
        records = []
        for example, known in read:
            if isinstance(example, SkipReason):
                self.counts[f"nothing predicted: {example}"] += 1
                answered = dict.fromkeys(self.raw.answers) | {"error": str(example)}
            else:
                answered = next(found)
            records.append({**known, **answered})
        if meter is not None:
            meter.advance(len(lines), tokens=0)
        return records

    def _read(self, line: Line, number: int) -> tuple[Any, Mapping[str, Any]]:
        where, text = line
        at = Place(where=where, uid=f"{self.model.task.name}/raw/{number}", lang=self.settings.lang)
        return read_raw(self.raw.raw, text, at, form=self._form(text))

    def _form(self, text: str) -> str:
        """Settle the format at the first line that is not blank."""
        if not self.form and text.strip():
            self.form = self.settings.form or guess_format(text)
            say(f"reading {'JSON lines' if self.form == 'jsonl' else 'plain text'} (see --format)")
            if self.form == "text" and "words" in self.raw.answers:
                _warn_of_spaces(self.settings.lang)
        return self.form or "text"

    def _predicted(self, examples: Sequence[Any], meter: ProgressMeter | None) -> list[dict[str, Any]]:
        if not examples:
            return []
        task, tokenizer = self.model.task, self.model.tokenizer
        features = self.raw.raw_features(examples, tokenizer)
        for reason, uids in task.skip_counts.take().items():
            self.counts[reason] += len(uids)
        # Pieces and windows of one text are joined later, and need not share a batch however long it is.
        lengths = [len(feature["input_ids"]) for feature in features]
        apart = [str(at) for at in range(len(features))]
        batches = evaluation_batches(lengths, apart, max_tokens=self.machine.eval_tokens)
        loader: DataLoader[Any] = DataLoader(
            features,  # type: ignore[arg-type]  # a list is a Dataset
            batch_sampler=batches,
            collate_fn=task.collator(tokenizer.pad_token_id),
        )
        predictions: list[Any] = []
        machine = self.machine
        for found, tokens in predict(
            self.model.module, loader, device=machine.device, precision=machine.precision
        ):
            predictions += found
            if meter is not None:
                meter.advance(0, tokens=tokens)
        return self.raw.records(examples, predictions, self.threshold)


def _threshold(run: SavedRun, task: Task) -> float | None:
    """Give the threshold that the run tuned on its training languages."""
    if task.threshold_rule != "train":
        return None
    langs = "+".join(task.config.lang)
    known = run.folder.thresholds(task.name)
    if langs not in known:
        say(
            f"{run.folder.path / THRESHOLDS}: no threshold of {task.name} tuned on {langs}; it is 0 "
            "(no answer is given where its score is higher)"
        )
    return known.get(langs, 0.0)


def _warn_of_spaces(lang: str) -> None:
    if lang and not language(lang).spaced:
        say(
            f"warning: {language(lang).name} is written without spaces, and words are taken to be separated "
            'by spaces; without them a sentence gets one tag. Give words as JSON lines {"words": [...]}'
        )
