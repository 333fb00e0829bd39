"""What a run folder says, and cells with an intermediate phase."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from xtl.results import Result

INTERMEDIATE = ("intermediate=udpos", "intermediate.recipe.epochs=1", "intermediate.recipe.lr=1e-2")
"""An intermediate phase of the task that is the target too."""

MIXTURE = (
    "intermediate=mixture", "intermediate.tasks=[pocket_nli,pocket_text]", "intermediate.recipe.epochs=2",
    "data=pocket", "data.sizes.train=24", "data.sizes.validation=6", "data.sizes.test=6",
    "target=pocket_pos",
)  # fmt: skip
"""An intermediate phase of two tasks."""


def phase_summaries(folder: Path) -> list[dict[str, Any]]:
    """What ``phases.json`` says of each phase, in their order."""
    return json.loads((folder / "phases.json").read_text())["phases"]


def scores(results: Iterable[Result]) -> list[tuple]:
    """What cells with the same weights have in common."""
    return [(line.lang, line.metric, line.value, line.run.phase_key) for line in results]
