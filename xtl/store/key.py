"""The key of a phase: a hash of all that decides its weights."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from xtl.data.digests import content_digest, settings_digest
from xtl.schemas.cell import TrainConfig
from xtl.schemas.fields import WEIGHTS, affecting
from xtl.schemas.task import TaskConfig
from xtl.store.records import Phase
from xtl.training.tuning import deciding_settings

FORMAT_VERSION = 5
"""Version of what decides the weights; another one gives other keys."""


def phase_key(phase: Phase, parent: str, config: TrainConfig) -> str:
    """Key of a phase in the store: 16 hexadecimal digits.

    Logger, device and run folder decide no weight and play no part.

    Args:
        phase: Phase with its rows.
        parent: Key of the phase before, or the hash of the pretrained weights.
        config: Config of the cell, its precision resolved.
    """
    return key_of_parts(
        parent=parent,
        task=phase.task.config,
        rows={
            "train": (repr(example) for subset in phase.train for example in subset),
            "validation": (repr(example) for subset in phase.validation for example in subset),
            "labels": phase.task.labels,  # of the whole training set, where the task lists none
        },
        precision=config.trainer.precision,
        seed=config.seed,
        shares=config.trainer.shares,
    )


def key_of_parts(
    *,
    parent: str,
    task: TaskConfig,
    rows: Mapping[str, Iterable[str]],
    precision: str,
    seed: int,
    shares: Mapping[str, int | str | None] = {},
) -> str:
    """Key of a phase from its parts.

    Args:
        parent: Key of the phase before, or the hash of the pretrained weights.
        task: Config of the task, its recipe and its tuning.
        rows: Content of the examples, by split.
        precision: Precision of the arithmetic.
        seed: Seed of head, dropout and batches.
        shares: How updates are shared out, where one device does not compute them at once.

    Returns:
        16 hexadecimal digits.
    """
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
            "rows": {split: content_digest(lines) for split, lines in sorted(rows.items())},
            "precision": precision,
            "seed": seed,
            **shares,
        }
    )
