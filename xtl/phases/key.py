"""The key of a phase: a hash of all that decides its weights."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from xtl.config import RecipeConfig, TaskConfig
from xtl.models import HFBackbone
from xtl.phases.tuning import deciding_settings

FORMAT_VERSION = 2
"""Changes when the same inputs would give other weights."""


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
    settings = asdict(task)
    for field in ("langs", "eval_split", "languages", "reference", "fraction", "size", "mix", "shots"):
        # What is scored afterwards changes no weight, and the chosen rows speak for themselves.
        del settings[field]
    settings["tuning"] = deciding_settings(task.tuning)
    if not settings["tuning"]:
        del settings["tuning"]  # full, as it was before there was a choice
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


def content_digest(lines: Iterable[str]) -> str:
    """Hash the examples of a split, in order."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode("utf-8") + b"\0")
    return digest.hexdigest()


def weights_digest(backbone: HFBackbone) -> str:
    """Hash the names and values of all weights of an encoder."""
    digest = hashlib.sha256()
    for name, weight in sorted(backbone.state_dict().items()):
        digest.update(name.encode("utf-8"))
        digest.update(memoryview(weight.detach().cpu().contiguous().numpy()).cast("B"))
    return digest.hexdigest()
