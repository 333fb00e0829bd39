"""The key of a phase: a hash of all that decides its weights."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from xtl.data.digests import content_digest
from xtl.schemas.cell import TrainConfig
from xtl.schemas.recipe import RecipeConfig
from xtl.schemas.task import TaskConfig
from xtl.store.records import Phase
from xtl.training.tuning import deciding_settings

FORMAT_VERSION = 2
"""Changes when the same inputs would give other weights."""


_SAYS_NOTHING = (
    "langs", "eval_split", "languages", "languages_xtreme_r", "train_languages", "reference", "licence",
    "published", "aligned",
    "hub", "folder", "rows", "parts", "fraction", "size", "lang_sampling", "shots",
    "tasks", "settings", "tuning",
)  # fmt: skip
"""Settings of a task that decide which rows there are, or what is scored, and nothing else."""


def phase_key(
    *,
    parent: str,
    task: TaskConfig,
    rows: Mapping[str, Iterable[str]],
    precision: str,
    seed: int,
) -> str:
    """Hash what decides the weights of one phase; logger, device and run folder do not.

    Args:
        parent: Key of the phase before, or :func:`weights_digest` of the pretrained encoder.
        task: What it trains on, and how.
        rows: Content of the examples, by split: see :func:`content_digest`.
        precision: Of the arithmetic.
        seed: Of head, dropout and batches.

    Returns:
        16 hexadecimal digits.
    """
    settings = _deciding(asdict(task))
    tuning = deciding_settings(task.tuning)
    if tuning:  # none: full, as keys were before there was a choice
        settings["tuning"] = tuning
    recipe: RecipeConfig = task.recipe
    decides = {
        "format": FORMAT_VERSION,
        "parent": parent,
        "task": settings,
        "recipe": asdict(recipe),
        "rows": {split: content_digest(lines) for split, lines in sorted(rows.items())},
        "precision": precision,
        "seed": seed,
    }
    text = json.dumps(decides, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def _deciding(settings: dict[str, Any]) -> dict[str, Any]:
    """Leave out what changes no weight: what is scored, and how the rows, which are hashed, were chosen."""
    left = {name: value for name, value in settings.items() if name not in _SAYS_NOTHING}
    if "members" in left:
        left["members"] = {name: _deciding(member) for name, member in left["members"].items()}
    return left


def key_of(phase: Phase, parent: str, config: TrainConfig) -> str:
    """Hash all that decides the weights that a phase leaves.

    Args:
        phase: With its rows.
        parent: Key of the phase before, or hash of the pretrained weights.
        config: Of the cell, its precision resolved.
    """
    return phase_key(
        parent=parent,
        task=phase.task.config,
        rows={
            "train": map(repr, phase.train),
            "validation": map(repr, phase.validation),
            "labels": phase.task.labels,  # of the whole training set, where the task lists none
        },
        precision=config.trainer.precision,
        seed=config.seed,
    )
