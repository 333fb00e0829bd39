"""The key of a phase: a hash of all that decides its weights."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from xtl.config import RecipeConfig, TaskConfig
from xtl.config.upgrade import first_names
from xtl.models import HFBackbone
from xtl.phases.tuning import deciding_settings

FORMAT_VERSION = 2
"""Changes when the same inputs would give other weights."""

_SAYS_NOTHING = (
    "langs", "eval_split", "languages", "languages_xtreme_r", "train_languages", "reference", "licence",
    "published", "aligned",
    "hub", "folder", "rows", "parts", "fraction", "size", "mix", "shots",
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
    settings = first_names(_deciding(asdict(task)), "intermediate")  # which has members too
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


def content_digest(lines: Iterable[str]) -> str:
    """Hash the examples of a split, in order."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode("utf-8") + b"\0")
    return digest.hexdigest()


def weights_digest(backbone: HFBackbone) -> str:
    """Hash the names and values of all weights of an encoder, and of the output layer that came with it."""
    digest = hashlib.sha256()
    for name, weight in sorted({**backbone.state_dict(), **(backbone.language_head or {})}.items()):
        digest.update(name.encode("utf-8"))
        digest.update(memoryview(weight.detach().cpu().contiguous().numpy()).cast("B"))
    return digest.hexdigest()
