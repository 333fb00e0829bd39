"""What a chain hands from phase to phase: rows, the encoder on its way, what a phase leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from xtl.data.subsets import ids_digest
from xtl.models import Pretrained
from xtl.modules.base import XtlModule
from xtl.schemas.task import TaskConfig
from xtl.tasks.base import Task
from xtl.training.history import FitReport


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """A phase with the rows that it will train on.

    Attributes:
        name: ``intermediate`` or ``target``.
        task: The task.
        train: Rows to train on; none: nothing is trained.
        validation: Rows to choose weights with.
        watched: Validation rows by language, to compare rules of choosing weights with; none: no comparison.
    """

    name: str
    task: Task
    train: Sequence[Any]
    validation: Sequence[Any]
    watched: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    @property
    def task(self) -> TaskConfig:
        """The task's config."""
        return self.task.config


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoder:
    """An encoder on its way through a chain.

    Attributes:
        pretrained: With the weights of now.
        key: Of the phase that left it, or the hash of the pretrained weights.
        rows: Rows of the embedding table that training has changed (ids); ``None``: perhaps all.
    """

    pretrained: Pretrained
    key: str
    rows: Tensor | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainedPhase:
    """What a phase leaves; ``entry`` is its folder in the store."""

    phase: Phase
    encoder: Encoder
    module: XtlModule
    report: FitReport
    reused: bool
    entry: Path

    @property
    def summary(self) -> dict[str, object]:
        """What ``phases.json`` says of it."""
        return {
            "key": self.encoder.key,
            "phase": self.phase.name,
            "task": self.phase.task.name,
            "lang": self.phase.task.config.lang,
            "rows": len(self.phase.train),
            "ids": ids_digest(self.phase.train),
            "reused": self.reused,
            "left_out": {reason: len(uids) for reason, uids in self.phase.task.skip_counts.uids.items()},
            "selected_epoch": self.report.selected_epoch,
            "selections": self.report.selections,
            "oracle": self.report.oracle,
            "seconds": round(self.report.seconds, 1),
            "tokens": self.report.tokens,
            "tokens_per_second": round(self.report.tokens_per_second),
        }
