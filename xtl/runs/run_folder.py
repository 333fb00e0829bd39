"""The run folder: what a cell leaves, each file whole or not there."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from xtl.atomic import PARTIAL, atomic_folder, atomic_write, write_json, write_text
from xtl.config.upgrade import upgrade
from xtl.errors import CheckpointError, first_line
from xtl.models import Pretrained, from_folder
from xtl.modules.base import XtlModule
from xtl.modules.heads import head_weights
from xtl.runs.environment import environment
from xtl.runs.file_names import (
    CONFIG,
    COUNTS,
    ENCODER,
    ENVIRONMENT,
    ERROR,
    HEAD,
    HEAD_INFO,
    PHASES,
    PREDICTIONS,
    RESULTS,
    TRANSFER_FIGURE,
)
from xtl.runs.inputs import FILE_NAME as INPUTS
from xtl.runs.status import STATUS_FILE
from xtl.statistics.examples import ExampleCounts, counts_path, write_counts
from xtl.training.history import LOG_NAME
from xtl.types import SplitName

THRESHOLDS = "thresholds.json"


_OF_ONE_RUN = (
    RESULTS,
    STATUS_FILE,
    INPUTS,
    PHASES,
    LOG_NAME,
    THRESHOLDS,
    TRANSFER_FIGURE,
    HEAD_INFO,
    HEAD,
    ERROR,
)
"""Files that a run may not write, or not to its end: those of an earlier one must not stand for its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadInfo:
    """Description of a saved head.

    Attributes:
        task: Name of the task that it was trained on.
        task_type: Name of the task's type.
        labels: Labels that the output units stand for, in order.
        max_len: Longest input (tokens) that it was trained with.
    """

    task: str
    task_type: str
    labels: Sequence[str]
    max_len: int

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "HeadInfo":
        """Read what ``dataclasses.asdict`` gave, in this version or an older one."""
        # The settings that a head repeats have been renamed together with those of the config file beside it.
        return cls(**upgrade(values, package="target"))


class RunFolder:
    """Paths and writers of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def config_put_back(self) -> Iterator[None]:
        """Put the config of an earlier run back where the block fails before its results are removed."""
        before = {}
        for name in (CONFIG, ENVIRONMENT):
            with suppress(OSError):
                before[name] = (self.path / name).read_bytes()
        try:
            yield
        except BaseException:
            if (self.path / RESULTS).is_file():
                for name, content in before.items():
                    (self.path / name).write_bytes(content)
            raise

    def remove_earlier(self) -> None:
        """Remove what an earlier run left, but for its encoder, which goes when this one has its own."""
        for name in _OF_ONE_RUN:
            (self.path / name).unlink(missing_ok=True)
        for name in (PREDICTIONS, COUNTS):
            shutil.rmtree(self.path / name, ignore_errors=True)
        for path in self.path.glob(f"{PARTIAL}*"):  # what a killed one had begun to write
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)

    def predictions_path(self, task: str, lang: str, split: SplitName) -> Path:
        """Where the predictions for one language stand."""
        return self.path / PREDICTIONS / task / f"{lang}.{split}.parquet"

    def write_predictions(self, task: str, lang: str, split: SplitName, table: pa.Table) -> Path:
        """Write a table of predictions; return its path."""
        path = self.predictions_path(task, lang, split)
        with atomic_write(path) as temporary:
            pq.write_table(table, temporary)
        return path

    def write_counts(self, task: str, lang: str, split: SplitName, counts: ExampleCounts) -> None:
        """Write counts per example of one language."""
        write_counts(counts_path(self.path, task, lang, split), counts)

    def write_thresholds(self, task: str, thresholds: Mapping[str, float]) -> None:
        """Write the thresholds that predictions of a task were made with, by language tuned on."""
        write_json(self.path / THRESHOLDS, {task: dict(thresholds)})

    def thresholds(self, task: str) -> Mapping[str, float]:
        """Read the thresholds of a task; none if the run tuned none.

        Raises:
            CheckpointError: if the file is damaged.
        """
        path = self.path / THRESHOLDS
        try:
            thresholds = json.loads(path.read_text(encoding="utf-8")).get(task, {})
            return {lang: float(value) for lang, value in thresholds.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise CheckpointError(
                f"{path}: expected thresholds by task and language, got {error}; score the run again, or "
                "remove the file to go on with 0"
            ) from error

    def write_environment(self, *, device: str, arguments: Sequence[str]) -> None:
        """Write versions, commit, device and threads."""
        write_json(self.path / ENVIRONMENT, environment(device=device, arguments=arguments))

    def write_config(self, text: str) -> None:
        """Write the resolved config."""
        write_text(self.path / CONFIG, text)

    def save_encoder(self, pretrained: Pretrained) -> None:
        """Write encoder and tokenizer as a folder that transformers loads."""
        with atomic_folder(self.path / ENCODER) as folder:
            pretrained.save(folder)

    def remove_encoder(self) -> None:
        """Remove the encoder of an earlier run, which the head of this one does not fit."""
        shutil.rmtree(self.path / ENCODER, ignore_errors=True)

    def save_head(self, module: XtlModule, info: HeadInfo) -> None:
        """Write the head as safetensors and JSON."""
        with atomic_write(self.path / HEAD) as temporary:
            save_file(head_weights(module), temporary)
        write_json(self.path / HEAD_INFO, asdict(info))

    def has_encoder(self) -> bool:
        """Whether the run kept its own copy of the encoder."""
        return (self.path / ENCODER).is_dir()

    def head_info(self) -> HeadInfo:
        """Read what the head is for.

        Raises:
            CheckpointError: if the run has no whole head.
        """
        try:
            return HeadInfo.from_json(json.loads((self.path / HEAD_INFO).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise CheckpointError(
                f"{self.path / HEAD_INFO}: expected the description of a trained head, got {error}; "
                "name the folder of a run that ended"
            ) from error

    def load_encoder(self) -> Pretrained:
        """Load encoder and tokenizer.

        Raises:
            BackboneError: if the folder is not there or not whole.
        """
        return from_folder(self.path / ENCODER)

    def load_head(self, module: XtlModule) -> None:
        """Put the saved head into ``module``.

        Raises:
            CheckpointError: if the file is damaged or of another shape.
        """
        path = self.path / HEAD
        try:
            module.head.load_state_dict(load_file(path))
        except (OSError, SafetensorError, RuntimeError) as error:
            raise CheckpointError(
                f"{path}: expected a head with weights of the shape "
                f"{[list(weight.shape) for weight in module.head.state_dict().values()]}, got: "
                f"{first_line(error)}"
            ) from error
