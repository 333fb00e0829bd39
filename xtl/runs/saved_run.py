"""A finished run taken up again: its config, and its encoder and head as a trained task."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from transformers.utils.logging import disable_progress_bar

from xtl import config as configs
from xtl import results
from xtl.errors import CheckpointError, ConfigError
from xtl.models import Pretrained
from xtl.models.load import load_backbone
from xtl.results import UNTRAINED, Result
from xtl.runs.run_folder import CONFIG, PHASES, RunFolder
from xtl.schemas.cell import TrainConfig
from xtl.schemas.task import TaskConfig
from xtl.store.store import PhaseStore
from xtl.store.weights import read_head, stored_encoder
from xtl.tasks.base import Task, untrained_module
from xtl.tasks.registry import build_task, task_type
from xtl.tasks.trained import TrainedTask

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedRun:
    """What ``xtl-train`` left.

    Attributes:
        folder: Its run folder.
        config: Of its cell.
        phase: Whose encoder and head are meant: ``target``, the last one, or ``intermediate``.
    """

    folder: RunFolder
    config: TrainConfig
    phase: str = "target"

    @classmethod
    def open(cls, path: Path, *, data_needed: bool, phase: str = "target") -> "SavedRun":
        """Read the config of a run.

        Args:
            path: Its folder.
            data_needed: Whether the data it was trained on must still be there.
            phase: Whose encoder and head are meant.

        Raises:
            ConfigError: if it is no folder of a run, or the run has no such phase.
        """
        if not path.is_dir():
            raise ConfigError(f"run={path}: expected the folder of a finished run, found none")
        config = configs.load(path / CONFIG, data_needed=data_needed)
        if phase == "intermediate" and config.intermediate is None:
            raise ConfigError(f"run={path}: expected a run with an intermediate phase, got one without")
        return cls(folder=RunFolder(path), config=config, phase=phase)

    @property
    def task(self) -> TaskConfig:
        """What the phase was trained on.

        Raises:
            ConfigError: if it was a mixture, of which one task must be named.
        """
        task = self.config.intermediate if self.phase == "intermediate" else self.config.target
        members = {} if task is None else task_type(task.task_type).members(task)
        if members:
            raise ConfigError(
                f"run={self.folder.path}: expected task= beside phase=intermediate, one of "
                f"{', '.join(members)} or one that needs no head, such as tatoeba"
            )
        assert task is not None  # noqa: S101  see open()
        return task

    def origin(self, task: Task) -> Result:
        """Give a result that knows the cell, and what the head for ``task`` was trained on.

        Raises:
            DataNotFoundError: if the run has none: it did not end.
        """
        line = self._any_result()
        if self.phase == "target":
            return line
        line = replace(line, phase_key=self._key(), shots=0)
        if not task.labels:
            return replace(
                line, train_task=task.name, train_lang="", train_rows=0, train_ids="", rule=UNTRAINED
            )
        assert self.config.intermediate is not None  # noqa: S101  see open()
        return replace(
            line,
            train_task=line.intermediate_task,
            train_lang=line.intermediate_lang,
            train_rows=line.intermediate_rows,
            train_ids=line.intermediate_ids,
            train_budget=line.intermediate_budget,
            rule=self.config.intermediate.recipe.selection,
            intermediate_task="",
            intermediate_lang="",
            intermediate_rows=0,
            intermediate_fraction=0.0,
            intermediate_ids="",
            intermediate_budget="",
        )

    def check_head(self, task: Task) -> None:
        """See that a head was trained for the labels of ``task``; one without labels needs none.

        Raises:
            CheckpointError: if there is none.
        """
        if not task.labels:
            return
        heads = self._heads()
        if task.labels not in heads.values():
            told = "; ".join(f"'{name}' ({' '.join(labels)})" for name, labels in heads.items())
            raise CheckpointError(
                f"{self.folder.path}: expected a head for the labels of task '{task.name}' "
                f"({' '.join(task.labels)}), got one that was trained on {told}; train one with: "
                f"xtl-train target={task.name}"
            )

    def load(self, task: Task) -> TrainedTask:
        """Load encoder and head: its own encoder, or else the one in the phase store.

        Raises:
            BackboneError: if the encoder is not whole.
            CheckpointError: if the head is damaged, or the phase store lacks the encoder.
        """
        logger.info("loading the encoder and head of %s", self.folder.path)
        disable_progress_bar()  # of transformers: loading has its own line
        if self.phase == "intermediate":
            return self._load_intermediate(task)
        pretrained = self.folder.load_encoder() if self.folder.has_encoder() else self._from_store()
        module = untrained_module(task, pretrained.backbone)
        if task.labels:
            self.folder.load_head(module)
        return TrainedTask(task=task, module=module, tokenizer=pretrained.tokenizer)

    def _load_intermediate(self, task: Task) -> TrainedTask:
        entry = self._entry(self._key())
        pretrained = stored_encoder(entry, self.config.backbone)
        module = untrained_module(task, pretrained.backbone)
        if task.labels:
            name = next(name for name, labels in self._heads().items() if labels == task.labels)
            prefix = f"{name}." if self._members() else ""
            read_head(entry, module, prefix=prefix)
        return TrainedTask(task=task, module=module, tokenizer=pretrained.tokenizer)

    def _heads(self) -> dict[str, tuple[str, ...]]:
        """Labels that the phase has heads for, by task."""
        if self.phase == "target":
            head = self.folder.head_info()
            return {head.task: tuple(head.labels)}
        task = self.config.intermediate
        assert task is not None  # noqa: S101  see open()
        members = self._members() or {task.name: task}
        embedding = self.config.backbone.embedding
        return {name: build_task(one, self.config.data, embedding).labels for name, one in members.items()}

    def _members(self) -> Mapping[str, TaskConfig]:
        """Tasks that the intermediate phase is made of, if it is a mixture."""
        task = self.config.intermediate
        return {} if task is None else task_type(task.task_type).members(task)

    def _key(self) -> str:
        """Key of the intermediate phase in the store.

        Raises:
            CheckpointError: if the run trained none, such as a baseline.
        """
        path = self.folder.path / PHASES
        phases = json.loads(path.read_text(encoding="utf-8"))["phases"] if path.is_file() else []
        keys = [str(one["key"]) for one in phases if one["phase"] == "intermediate"]
        if not keys:
            raise CheckpointError(f"{path}: expected an intermediate phase, found none that was trained")
        return keys[0]

    def _any_result(self) -> Result:
        """All results know their cell."""
        return results.read(self.folder.path / results.FILE_NAME)[0]

    def _from_store(self) -> Pretrained:
        """Take the encoder of a run that kept no copy of its own."""
        origin = self._any_result()
        if not origin.train_rows and not origin.intermediate_rows:  # no phase: the encoder as pretrained
            backbone = self.config.backbone
            return load_backbone(backbone.source, path=backbone.path, revision=backbone.revision)
        return stored_encoder(self._entry(origin.phase_key), self.config.backbone)

    def _entry(self, key: str) -> Path:
        store = PhaseStore()
        entry = store.find(key)
        if entry is None:
            raise CheckpointError(
                f"{store.root / key}: expected a phase of the run, found none that is whole, and the run has "
                "no copy of its own; run its command again"
            )
        return entry.path
