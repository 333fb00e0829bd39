"""What a chain hands from phase to phase: rows, the encoder on its way, what a phase leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from xtl.data.digests import content_digest
from xtl.data.splits import Subset
from xtl.data.subsets import ids_digest
from xtl.models import Pretrained
from xtl.modules.base import XtlModule
from xtl.schemas.trainer import TrainerConfig
from xtl.tasks.base import Task
from xtl.training.history import FitReport


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """A phase with the rows that it will train on.

    Attributes:
        name: ``intermediate`` or ``target``.
        task: Task to train on.
        train: Subsets to train on; none: nothing is trained.
        validation: Subsets to choose weights with.
        watched: Validation subset of each language, to compare selections with; none: no comparison.
    """

    name: str
    task: Task
    train: Sequence[Subset] = ()
    validation: Sequence[Subset] = ()
    watched: Mapping[str, Subset] = field(default_factory=dict)

    @property
    def num_rows(self) -> int:
        """Number of examples to train on."""
        return sum(map(len, self.train))

    @property
    def watched_digests(self) -> dict[str, str]:
        """Hash of the validation rows of each language to compare selections with."""
        return {
            lang: (subset.split.digest if subset.is_whole else content_digest(map(repr, subset)))[:16]
            for lang, subset in self.watched.items()
        }

    @property
    def title(self) -> str:
        """Name of the phase and of its task, for messages."""
        return f"{self.name} {self.task.name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class EncoderState:
    """An encoder on its way through a chain.

    Attributes:
        pretrained: Encoder with its current weights, and its tokenizer.
        key: Key of the phase that left it, or the hash of the pretrained weights.
        trained_ids: Rows of the embedding table that training has changed (ids); ``None``: perhaps all.
        entry: Folder of the phase that left it in the store; ``None``: it is as it was pretrained.
    """

    pretrained: Pretrained
    key: str
    trained_ids: Tensor | None
    entry: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainedPhase:
    """What a phase leaves.

    Attributes:
        phase: Phase with its rows.
        encoder: Encoder after the phase.
        module: Module with encoder and head.
        report: What the fit did.
        reused: Whether it was taken from the store.
        trainer: Settings that computed it: precision and micro-batch as they really were.
        diverged: What happened in 16 bits, which is why it was computed in 32; empty: nothing.
    """

    phase: Phase
    encoder: EncoderState
    module: XtlModule
    report: FitReport
    reused: bool
    trainer: TrainerConfig
    diverged: str = ""

    @property
    def entry(self) -> Path:
        """Folder of the phase in the store."""
        assert self.encoder.entry is not None  # noqa: S101  a phase leaves one
        return self.encoder.entry

    @property
    def summary(self) -> dict[str, object]:
        """Plain values for ``phases.json``."""
        phase, report = self.phase, self.report
        return {
            "key": self.encoder.key,
            "phase": phase.name,
            "task": phase.task.name,
            "lang": phase.task.config.lang,
            "rows": phase.num_rows,
            "ids": ids_digest(phase.train),
            "reused": self.reused,
            "precision": self.trainer.precision,
            "micro_batch": self.trainer.micro_batch,
            "diverged": self.diverged,
            "left_out": {reason: len(uids) for reason, uids in phase.task.skip_counts.uids.items()},
            "selected_epoch": report.selected_epoch,
            "selections": report.selections,
            "oracle": report.oracle,
            "seconds": round(report.seconds, 1),
            "tokens": report.tokens,
            "tokens_per_second": round(report.tokens_per_second),
        }
