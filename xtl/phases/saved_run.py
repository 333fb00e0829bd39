"""A finished run taken up again: its config, and its encoder and head as a trained task."""

from dataclasses import dataclass
from pathlib import Path

from transformers.utils.logging import disable_progress_bar

from xtl import config as configs
from xtl import results
from xtl.config import TrainConfig
from xtl.errors import CheckpointError, ConfigError
from xtl.models import Pretrained
from xtl.phases.chain import load_backbone, stored_encoder
from xtl.phases.evaluate import TrainedTask
from xtl.phases.families import Family, scoring_module
from xtl.phases.progress import say
from xtl.phases.run_folder import CONFIG, RunFolder
from xtl.phases.store import PhaseStore
from xtl.results import Result


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedRun:
    """What ``xtl-train`` left.

    Attributes:
        folder: Its run folder.
        config: Of its cell.
    """

    folder: RunFolder
    config: TrainConfig

    @classmethod
    def open(cls, path: Path, *, data_needed: bool) -> "SavedRun":
        """Read the config of a run.

        Args:
            path: Its folder.
            data_needed: Whether the data it was trained on must still be there.

        Raises:
            ConfigError: if it is no folder of a run.
        """
        if not path.is_dir():
            raise ConfigError(f"run={path}: expected the folder of a finished run, found none")
        config = configs.load(path / CONFIG, data_needed=data_needed)
        return cls(folder=RunFolder(path), config=config)

    def origin(self) -> Result:
        """Give any result of the run: all of them know its cell.

        Raises:
            DataNotFoundError: if the run has none: it did not end.
        """
        return results.read(self.folder.path / results.FILE_NAME)[0]

    def check_head(self, family: Family) -> None:
        """See that the head was trained for the labels of ``family``.

        Raises:
            CheckpointError: if it was not, or there is none.
        """
        head, task = self.folder.head_info(), family.task
        if tuple(head.labels) != family.labels:
            raise CheckpointError(
                f"{self.folder.path}: expected a head for the labels of task '{task.name}' "
                f"({' '.join(family.labels)}), got one that was trained on '{head.task}' "
                f"({' '.join(head.labels)}); train one with: xtl-train target={task.name}"
            )

    def load(self, family: Family) -> TrainedTask:
        """Load encoder and head: its own encoder, or else the one in the phase store.

        Raises:
            BackboneError: if the encoder is not whole.
            CheckpointError: if the head is damaged, or the phase store lacks the encoder.
        """
        say(f"loading the encoder and head of {self.folder.path}")
        disable_progress_bar()  # of transformers: loading has its own line
        pretrained = self.folder.load_encoder() if self.folder.has_encoder() else self._from_store()
        module = scoring_module(family, pretrained.backbone)
        self.folder.load_head(module)
        return TrainedTask(family=family, module=module, tokenizer=pretrained.tokenizer)

    def _from_store(self) -> Pretrained:
        """Take the encoder of a run that kept no copy of its own."""
        origin = self.origin()
        if not origin.train_rows and not origin.intermediate_rows:  # no phase: the encoder as pretrained
            return load_backbone(self.config.backbone)
        store, key = PhaseStore(tell=say), origin.phase_key
        entry = store.find(key)
        if entry is None:
            raise CheckpointError(
                f"{store.root / key}: expected the phase that the run ended with, found none that is "
                "whole; the run has no encoder of its own (trainer.save_encoder=false): run its command again"
            )
        return stored_encoder(entry, self.config.backbone)
