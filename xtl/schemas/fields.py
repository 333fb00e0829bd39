"""Temporary: what settings affect."""

from dataclasses import asdict
from typing import Any

FEATURES, WEIGHTS = "features", "weights"
_NOT = {
    FEATURES: {
        "recipe",
        "lang",
        "langs",
        "fraction",
        "size",
        "lang_sampling",
        "shots",
        "budget",
        "eval_split",
        "languages",
        "reference",
        "languages_xtreme_r",
        "train_languages",
        "licence",
        "tuning",
        "published",
        "aligned",
    },
    WEIGHTS: {
        "langs",
        "eval_split",
        "languages",
        "languages_xtreme_r",
        "train_languages",
        "reference",
        "licence",
        "published",
        "aligned",
        "hub",
        "folder",
        "rows",
        "parts",
        "fraction",
        "size",
        "lang_sampling",
        "shots",
        "tasks",
        "settings",
        "tuning",
    },
}


def affecting(config: Any, category: str) -> dict[str, Any]:  # noqa: ANN401
    """Settings that affect something."""
    return {name: value for name, value in asdict(config).items() if name not in _NOT[category]}
