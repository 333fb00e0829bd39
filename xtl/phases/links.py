"""The links of a chain: a phase with its rows, the encoder on its way, what a phase leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from xtl.config import TaskConfig, TrainConfig
from xtl.data import ids_digest
from xtl.models import Pretrained
from xtl.modules import XtlModule
from xtl.phases.families import Family
from xtl.phases.machine import Machine
from xtl.phases.memory import Memory
from xtl.phases.record import FitReport
from xtl.phases.store import PhaseStore


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """A phase with the rows that it will train on.

    Attributes:
        name: ``intermediate`` or ``target``.
        family: The task.
        train: Rows to train on; none: nothing is trained.
        validation: Rows to choose weights with.
        watched: Validation rows by language, to compare rules of choosing weights with; none: no comparison.
    """

    name: str
    family: Family
    train: Sequence[Any]
    validation: Sequence[Any]
    watched: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    @property
    def task(self) -> TaskConfig:
        """The task's config."""
        return self.family.task


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
class Workplace:
    """What the phases of one cell share.

    Attributes:
        config: Of the cell, its precision resolved.
        machine: Where to validate, and in how large batches.
        store: Of finished phases.
        run_folder: Takes the record of epochs.
        memory: What the cells of this process share.
    """

    config: TrainConfig
    machine: Machine
    store: PhaseStore
    run_folder: Path
    memory: Memory


@dataclass(frozen=True, kw_only=True, slots=True)
class Trained:
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
            "lang": self.phase.task.lang,
            "rows": len(self.phase.train),
            "ids": ids_digest(self.phase.train),
            "reused": self.reused,
            "left_out": {reason: len(uids) for reason, uids in self.phase.family.tally.uids.items()},
            "kept_epoch": self.report.kept_epoch,
            "rules": self.report.rules,
            "oracle": self.report.oracle,
            "seconds": round(self.report.seconds, 1),
            "tokens": self.report.tokens,
            "tokens_per_second": round(self.report.tokens_per_second),
        }
