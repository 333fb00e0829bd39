"""Phases of a finished run in the phase store."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from xtl.errors import CheckpointError
from xtl.runs.file_names import PHASES
from xtl.runs.inputs import changed_backbone
from xtl.schemas.cell import TrainConfig
from xtl.store.store import PhaseStore


def intermediate_key(run: Path) -> str:
    """Key of a run's intermediate phase in the store.

    Args:
        run: Run folder.

    Raises:
        CheckpointError: if the run trained none, such as a baseline, or its file is damaged.
    """
    path = run / PHASES
    try:
        phases = json.loads(path.read_text(encoding="utf-8"))["phases"] if path.is_file() else []
        keys = [str(phase["key"]) for phase in phases if phase["phase"] == "intermediate"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path}: expected the phases of a run, got {error!r}; run its command again"
        ) from error
    if not keys:
        raise CheckpointError(f"{path}: expected an intermediate phase, found none that was trained")
    return keys[0]


def stored_labels(key: str) -> Mapping[str, tuple[str, ...]]:
    """Labels of a stored phase's heads by task, without reading its weights; none of an older version's.

    Args:
        key: Key of the phase.
    """
    with suppress(CheckpointError):  # loading its weights says what is wrong
        labels = PhaseStore().info(key).get("labels", {})
        return {name: tuple(of_task) for name, of_task in labels.items()}
    return {}


def phase_folder(key: str) -> Path:
    """Folder of a phase in the store.

    Args:
        key: Key of the phase.

    Raises:
        CheckpointError: if it is not there, or not whole.
    """
    store = PhaseStore()
    entry = store.find(key)
    if entry is None:
        raise CheckpointError(
            f"{store.root / key}: expected a phase of the run, found none that is whole, and the run has "
            "no copy of its own; run its command again"
        )
    return entry.path


def check_backbone(config: TrainConfig, run: Path) -> None:
    """Refuse a pretrained encoder that has changed: a phase in the store has only what it trained.

    Args:
        config: Config of the run.
        run: Run folder.

    Raises:
        CheckpointError: if its files are others than those that the run read.
    """
    changed = changed_backbone(config, run)
    if changed:
        raise CheckpointError(
            f"{run}: expected the pretrained encoder that it was trained from, but {changed}; run its "
            "command again"
        )
