"""Cells and evaluations that are small enough to run in a test."""

import pickle
from functools import cache
from pathlib import Path

from tests.helpers.compose import compose_evaluate, compose_train
from xtl.config import finalize_evaluation
from xtl.config.resolve import resolve
from xtl.config.validate import validate
from xtl.schemas.cell import EvaluateConfig, TrainConfig

SMALL = ("data.sizes.train=64", "data.sizes.validation=16", "data.sizes.test=16", "trainer.precision=32-true")
"""Sizes of the pocket benchmark with which a cell trains in a second."""


def composed_cell(*overrides: str) -> TrainConfig:
    """A resolved and valid cell of any task; the same overrides are resolved once."""
    cell: TrainConfig = pickle.loads(_resolved(overrides))  # noqa: S301  made here
    validate(cell)
    return cell


@cache
def _resolved(overrides: tuple[str, ...]) -> bytes:
    return pickle.dumps(resolve(compose_train(*overrides)))


def tiny_cell(root: Path, *overrides: str) -> TrainConfig:
    """A cell that trains in a second, on the files below ``root``."""
    settings = (
        "backbone=tiny", f"data.root={root}", "trainer.accelerator=cpu", "trainer.precision=32-true",
        "trainer.compare_selections=false",
    )  # fmt: skip
    recipe = ("target.recipe.epochs=4", "target.recipe.batch_size=8", "target.recipe.lr=1e-2")
    return composed_cell(*settings, *recipe, *overrides)


def evaluation(run: Path | str, *overrides: str) -> EvaluateConfig:
    """A resolved and valid evaluation of a finished run."""
    settings = ("trainer.accelerator=cpu", "trainer.precision=32-true")
    return finalize_evaluation(compose_evaluate(f"run={run}", *settings, *overrides))
