"""A finished run opened again: its config, and its encoder and head as a trained task."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from xtl import config as configs
from xtl import results
from xtl.config.data_checks import check_data
from xtl.errors import CheckpointError, ConfigError
from xtl.models import Pretrained
from xtl.models.load import load_backbone, route_messages
from xtl.modules.base import XtlModule
from xtl.results import UNTRAINED, RunInfo
from xtl.runs.file_names import CONFIG
from xtl.runs.located import located
from xtl.runs.outputs import Outputs, as_trained, head_for, takes_head
from xtl.runs.run_folder import RunFolder
from xtl.runs.segments import tell_segments
from xtl.runs.stored_phase import check_backbone, intermediate_key, phase_folder, stored_labels
from xtl.schemas.cell import TrainConfig
from xtl.schemas.fields import FEATURES, ROWS, affecting
from xtl.schemas.task import TaskConfig
from xtl.store.weights import read_head, stored_encoder
from xtl.tasks.base import Task, untrained_module
from xtl.tasks.build import build_task
from xtl.tasks.capabilities import AdoptsLabels
from xtl.tasks.registry import parts_of
from xtl.tasks.trained import TrainedTask

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedRun:
    """Run that ``xtl-train`` finished.

    Attributes:
        folder: Run folder.
        config: Config of the cell.
        phase: Phase that encoder and head are taken from: ``target``, the last one, or ``intermediate``.
    """

    folder: RunFolder
    config: TrainConfig
    phase: str = "target"

    @classmethod
    def open(cls, path: Path, *, data_needed: bool, phase: str = "target") -> "SavedRun":
        """Read the config of a run.

        Args:
            path: Run folder.
            data_needed: Whether the training data must still be there.
            phase: Phase that encoder and head are taken from.

        Raises:
            ConfigError: if it is no folder of a run, or the run has no such phase.
        """
        if not path.is_dir():
            raise ConfigError(f"run={path}: expected the folder of a finished run, found none")
        config = located(configs.load(path / CONFIG, data_needed=False), path)
        if data_needed:
            check_data(config.data)
        if phase == "intermediate" and config.intermediate is None:
            raise ConfigError(f"run={path}: expected a run with an intermediate phase, got one without")
        return cls(folder=RunFolder(path), config=config, phase=phase)

    @property
    def task(self) -> TaskConfig:
        """Config of the task that the phase was trained on.

        Raises:
            ConfigError: if it was several, of which one must be named.
        """
        if self._trained_on not in self._tasks.values():
            raise ConfigError(
                f"run={self.folder.path}: expected task= beside phase=intermediate, one of "
                f"{', '.join(self._tasks)} or one that needs no head, such as tatoeba"
            )
        return self._trained_on

    def run_info(self, task: Task) -> RunInfo:
        """Identity of the run, as scores of ``task`` are written with it.

        Raises:
            DataNotFoundError: if the run has no results: it did not end.
        """
        run = self._recorded()
        if self.phase == "target":
            return run
        micro_batch = run.intermediate.micro_batch
        retried = "intermediate" if "intermediate" in run.retried.split("+") else ""
        run = replace(
            run,
            phase_key=intermediate_key(self.folder.path),
            shots=0,
            micro_batch=run.micro_batch if micro_batch is None else micro_batch,
            retried=retried,
        )
        if not takes_head(task):
            untrained = replace(
                run.target, task=task.name, lang="", rows=0, ids="", data="", metric="", validation=None
            )
            return replace(run, phases=(run.intermediate, untrained), selection=UNTRAINED)
        # The head is that of the intermediate phase, which so becomes the last one.
        phases = (replace(run.intermediate, fraction=0.0, at_chance=None, micro_batch=None),)
        selection = self._trained_on.recipe.selection
        return replace(run, phases=phases, retried=retried and "target", selection=selection)

    def check_head(self, task: Task) -> None:
        """Check that a head was trained for the kind and the labels of ``task``, if it needs one.

        A task that would read its training set for its labels takes those of its head.

        Raises:
            CheckpointError: if there is no such head.
        """
        if isinstance(task, AdoptsLabels) and not task.knows_labels:
            labels = self._heads().get(task.name, Outputs(task.type.name, ())).labels
            task.adopt_labels(labels)
        heads = self._heads() if takes_head(task) else {}
        if takes_head(task) and head_for(task, heads) is None:
            trained = "; ".join(f"'{name}' ({outputs})" for name, outputs in heads.items())
            raise CheckpointError(
                f"{self.folder.path}: expected a head for the labels of task '{task.name}' "
                f"({Outputs.of(task)}), got one that was trained on {trained}; train one "
                f"with: xtl-train target={task.name}"
            )

    def check_trained(self, task: Task) -> None:
        """Refuse a head that nothing has trained, whose answers are those of chance.

        Args:
            task: Task that predicts.

        Raises:
            CheckpointError: if the run trained none for it.
        """
        if self.phase == "target" and takes_head(task) and self._recorded().selection == UNTRAINED:
            raise CheckpointError(
                f"{self.folder.path}: expected a trained head, got that of a target without epochs or "
                "rows; train it (target.recipe.epochs, target.size), or take that of the intermediate phase"
            )

    def as_trained(self, config: TaskConfig, task: Task) -> TaskConfig:
        """Config of a task with what its head was trained with, as :func:`xtl.runs.outputs.as_trained` says.

        Args:
            config: Config of the task.
            task: Task of this config, whose head :meth:`check_head` has found.
        """
        return as_trained(config, task, self._heads() if takes_head(task) else {}, self._tasks)

    def thresholds(self, task: Task) -> Mapping[str, float]:
        """Thresholds that the run tuned for the task of its head, by languages tuned on.

        There are none for another task, or for the same one with settings that its predictions depend on.

        Raises:
            CheckpointError: if their file is damaged.
        """
        if self.phase == "intermediate" or task.name != self._trained_on.name:
            return {}
        trained = build_task(self._trained_on, self.config.data, self.config.backbone.embedding)
        now, before = (affecting(config, FEATURES) for config in (task.config, trained.config))
        rows = affecting(trained.config, ROWS)  # which rows, and where they lie, makes no other task
        is_same = all(name in rows or now.get(name) == value for name, value in before.items())
        return self.folder.thresholds(task.name) if is_same else {}

    def load(self, task: Task) -> TrainedTask:
        """Load encoder and head: the encoder in the run folder, or else the one in the phase store.

        Raises:
            XtlError: if the encoder or the head is damaged, or the phase store lacks the encoder.
        """
        logger.info("loading the encoder and head of %s", self.folder.path)
        route_messages()
        pretrained = self.folder.load_encoder() if self._has_encoder else self._from_store()
        tell_segments(pretrained, self.folder.path)
        module = untrained_module(task, pretrained.backbone)
        if takes_head(task):
            self._read_head(module, task)
        return TrainedTask(task=task, module=module, tokenizer=pretrained.tokenizer)

    @property
    def _trained_on(self) -> TaskConfig:
        """Config that the phase was trained with, of one task or of several."""
        config = self.config.intermediate if self.phase == "intermediate" else self.config.target
        assert config is not None  # noqa: S101  see open()
        return config

    @property
    def _tasks(self) -> Mapping[str, TaskConfig]:
        """Tasks by name that the phase has a head for, if they take one."""
        return parts_of(self._trained_on)

    @property
    def _has_encoder(self) -> bool:
        """Whether the run has an encoder of its own; before, that of an earlier run could stay."""
        return self.phase == "target" and self.config.trainer.save_encoder and self.folder.has_encoder()

    def _read_head(self, module: XtlModule, task: Task) -> None:
        """Read the head of a task from the run folder or, of the intermediate phase, from the store."""
        if self.phase == "target":
            self.folder.load_head(module)
            return
        entry = phase_folder(intermediate_key(self.folder.path))
        of_mixture = self._trained_on not in self._tasks.values()
        read_head(entry, module, prefix=f"{head_for(task, self._heads())}." if of_mixture else "")

    def _heads(self) -> dict[str, Outputs]:
        """Outputs of each of the phase's heads, by task."""
        if self.phase == "target":
            head = self.folder.head_info()
            return {head.task: Outputs(head.task_type, tuple(head.labels))}
        stored = stored_labels(intermediate_key(self.folder.path))
        data, embedding = self.config.data, self.config.backbone.embedding
        return {
            # Phases of older versions do not say them.
            name: Outputs(
                config.task_type,
                stored[name] if name in stored else build_task(config, data, embedding).labels,
            )
            for name, config in self._tasks.items()
        }

    def _recorded(self) -> RunInfo:
        """Identity of the run as its results have it; the first ones are those of the recipe's selection.

        Raises:
            CheckpointError: if there are none.
        """
        path = self.folder.path / results.FILE_NAME
        lines = results.read(path)
        if not lines:
            raise CheckpointError(f"{path}: expected results of a run, found none; run its command again")
        return lines[0].run

    def _from_store(self) -> Pretrained:
        """Encoder that has no copy in the run folder, which has at most that of the last phase."""
        check_backbone(self.config, self.folder.path)
        if self.phase == "intermediate":
            return stored_encoder(phase_folder(intermediate_key(self.folder.path)), self.config.backbone)
        run = self._recorded()
        if not any(phase.rows for phase in run.phases):  # nothing trained it: the encoder as pretrained
            backbone = self.config.backbone
            return load_backbone(backbone.source, path=backbone.path, revision=backbone.revision)
        return stored_encoder(phase_folder(run.phase_key), self.config.backbone)
