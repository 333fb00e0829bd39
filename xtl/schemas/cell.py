"""Schemas of whole commands: one cell, one evaluation, and what they share."""

from dataclasses import dataclass, field
from typing import Any

from omegaconf import MISSING

from xtl.schemas.backbone import BackboneConfig
from xtl.schemas.data import DataConfig
from xtl.schemas.recipe import RecipeTable, TuningConfig
from xtl.schemas.task import TaskConfig
from xtl.schemas.trainer import TrainerConfig


@dataclass
class SweepConfig:
    """What concerns several cells."""

    dry_run: bool = False
    """Say which phases would be trained and which are there, and train nothing."""


@dataclass
class TrainConfig:
    """One cell: what ``xtl-train`` runs."""

    target: TaskConfig = field(default_factory=TaskConfig)
    intermediate: TaskConfig | None = None
    """What the encoder is trained on before the target; null: nothing."""
    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    data: DataConfig = field(default_factory=DataConfig)
    recipe: RecipeTable = field(default_factory=RecipeTable)
    tuning: TuningConfig = field(default_factory=TuningConfig)
    """Of all phases that do not say otherwise."""
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    seed: int = MISSING
    """Of the heads' weights, dropout and the order of batches."""
    data_seed: int = MISSING
    """Of the choice of rows where a phase trains on a part of its data."""
    sweep: SweepConfig = field(default_factory=SweepConfig)


@dataclass
class EvaluateConfig:
    """What ``xtl-evaluate`` runs."""

    run: str = MISSING
    """Folder that xtl-train wrote."""
    phase: str = "target"
    """Which encoder of the run: as its target phase left it, or its intermediate phase."""
    task: TaskConfig | None = None
    """null: the task that the run was trained for."""
    langs: Any = None
    """As target.langs; null: every language that has a test file."""
    submission: str | None = None
    """Write what was predicted into this folder, in XTREME's layout, instead of scoring; run may then be a
    folder that holds several runs."""
    data: DataConfig = field(default_factory=DataConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
