"""Where an exported model comes from: what is told of it in its card and in its record."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xtl import results
from xtl.errors import CheckpointError, ConfigError
from xtl.export.intervals import Interval, example_intervals
from xtl.models.files import is_local, read_export_record
from xtl.results import PhaseInfo, Result, RunInfo
from xtl.runs.file_names import PHASES
from xtl.runs.saved_run import SavedRun
from xtl.runs.status import DONE, status_of
from xtl.schemas.backbone import BackboneConfig
from xtl.schemas.task import TaskConfig

_PACKAGED = {"e5_small": "intfloat/multilingual-e5-small"}
"""Repositories of the hub by source, for weights that come from elsewhere."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lineage:
    """Origin of an exported model.

    Attributes:
        run: Identity of the run, of the phase that is exported.
        scores: Results of the run by the recipe's own selection, of the exported phase.
        intervals: 95 % interval of each score over test examples, of those that have one.
        task: Config of the task whose head is exported.
        tasks: Configs of the phases' tasks, in order; the last one may be made of several.
        infos: What results say of these phases, in the same order.
        phases: Phases that trained, in order, as the run recorded them.
        base_model: Repository of the hub that training began from; empty: none.
        base: Record of the exported folder that training began from; empty: it was none.
    """

    run: RunInfo
    scores: Sequence[Result]
    intervals: Mapping[Result, Interval]
    task: TaskConfig
    tasks: Sequence[TaskConfig]
    infos: Sequence[PhaseInfo]
    phases: Sequence[Mapping[str, Any]]
    base_model: str
    base: Mapping[str, Any]

    @property
    def trained(self) -> list[TaskConfig]:
        """Configs of the tasks of the phases that had rows."""
        return [task for task, info in zip(self.tasks, self.infos, strict=False) if info.rows]


def lineage_of(run: SavedRun, task: TaskConfig) -> Lineage:
    """Collect what a run folder says of its origin.

    Args:
        run: Finished run.
        task: Config of the task whose head is exported.

    Raises:
        ConfigError: if the run is not finished.
    """
    scored = finished_results(run.folder.path)
    info = scored[0].run
    config = run.config
    first_only = run.phase == "intermediate"
    tasks = [
        task for task in (config.intermediate, None if first_only else config.target) if task is not None
    ]
    backbone = config.backbone
    base = _base_record(backbone)
    scores = [] if first_only else results.selected(scored)
    return Lineage(
        run=info,
        scores=scores,
        intervals=example_intervals(run.folder.path, scores),
        task=task,
        tasks=tasks,
        infos=info.phases[:1] if first_only else info.phases[-len(tasks) :],
        phases=[phase for phase in _phases(run.folder.path) if not first_only or phase["phase"] == run.phase],
        base_model=str(base.get("base_model", "")) or _base_model(backbone),
        base=base,
    )


def finished_results(folder: Path) -> list[Result]:
    """Results of a finished run.

    Raises:
        ConfigError: if the run did not end, or ended badly.
    """
    status = status_of(folder)
    how = DONE if status is None else status.status
    path = folder / results.FILE_NAME
    scored = results.read(path) if path.is_file() else []
    if not scored:
        raise ConfigError(
            f"run={folder}: expected a finished run, found one without results"
            f"{'' if how == DONE else f' ({how})'}; run its command again, which goes on where it was"
        )
    return scored


def _phases(folder: Path) -> Sequence[Mapping[str, Any]]:
    path = folder / PHASES
    try:
        phases: Sequence[Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["phases"]
    except FileNotFoundError:  # an evaluation alone
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path}: expected the phases of the run, got {error!r}; run it again"
        ) from error
    return phases


def _base_record(backbone: BackboneConfig) -> Mapping[str, Any]:
    folder = Path(backbone.path or "").expanduser()
    return (read_export_record(folder) if backbone.path and folder.is_dir() else None) or {}


def _base_model(backbone: BackboneConfig) -> str:
    path = backbone.path or ""
    if not path or is_local(path):
        return _PACKAGED.get(backbone.source, "")
    return path
