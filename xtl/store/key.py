"""The key of a phase: a hash of all that decides its weights."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from xtl.data.digests import content_digest, settings_digest
from xtl.schemas.cell import TrainConfig
from xtl.schemas.fields import WEIGHTS, affecting
from xtl.schemas.task import TaskConfig
from xtl.store.format import FORMAT_VERSION
from xtl.store.records import Phase
from xtl.tasks.base import Task
from xtl.tasks.capabilities import AdoptsLabels
from xtl.tasks.registry import type_versions
from xtl.training.tuning import deciding_settings


def phase_key(phase: Phase, parent: str, config: TrainConfig) -> str:
    """Key of a phase in the store: 16 hexadecimal digits.

    Logger, device and run folder decide no weight and play no part.

    Args:
        phase: Phase with its rows.
        parent: Key of the phase before, or the hash of the pretrained weights.
        config: Config of the cell, its precision resolved.
    """
    return phase_keys(phase, parent, [config])[0]


def phase_keys(phase: Phase, parent: str, configs: Sequence[TrainConfig]) -> list[str]:
    """Keys of a phase under several configs, whose rows are hashed once; see :func:`phase_key`."""
    rows = {
        "train": content_digest(repr(example) for subset in phase.train for example in subset),
        "validation": content_digest(repr(example) for subset in phase.validation for example in subset),
        "labels": content_digest([*phase.task.labels, *_labels_of_members(phase.task)]),
    }
    return [_key(phase.task.config, parent, rows, config) for config in configs]


def _labels_of_members(task: Task) -> Iterator[str]:
    """Labels that tasks of a mixture have read from their training sets, where their files list none."""
    for name, member in task.members.items():
        if isinstance(member, AdoptsLabels) and not getattr(member.config, "labels", ""):
            yield from (f"{name}: {label}" for label in member.labels)


def _key(task: TaskConfig, parent: str, rows: Mapping[str, str], config: TrainConfig) -> str:
    # Neither what is scored nor how the rows, which are hashed themselves, were chosen.
    settings = affecting(task, WEIGHTS)
    tuning = deciding_settings(task.tuning)
    if tuning:
        settings["tuning"] = tuning
    return settings_digest(
        {
            "format": FORMAT_VERSION,
            "parent": parent,
            "task": settings,
            "recipe": asdict(task.recipe),
            "rows": dict(rows),
            "precision": config.trainer.precision,
            "kernels": config.trainer.kernels,
            "seed": config.seed,
            **config.trainer.shares,
            **type_versions(task),
        }
    )
