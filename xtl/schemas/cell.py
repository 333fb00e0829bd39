"""Schemas of whole commands: one cell, one evaluation, and what they share."""

from dataclasses import dataclass, field
from typing import Any

from xtl.schemas.backbone import BackboneConfig
from xtl.schemas.data import DataConfig
from xtl.schemas.fields import MISSING, NOTHING, setting
from xtl.schemas.recipe import RecipeTable, TuningConfig
from xtl.schemas.task import TaskConfig
from xtl.schemas.tracking import TrackingConfig
from xtl.schemas.trainer import TrainerConfig


@dataclass
class RulesConfig:
    """Rules by which a sweep is judged, written into its folder before its first cell runs."""

    margin: float = 0.5
    """Total gain, in points, that is as good as none."""
    curvature_margin: float | None = None
    """Curvature that is as good as none, in points per doubling squared; null: that of a curve which leaves
    the straight line between its ends by ``margin`` in the middle."""
    alpha: float = 0.05
    """Level of each family of claims."""
    power: float = 0.8
    """Chance of success that the seeds needed are counted for."""
    english: str = "en"
    """Intermediate language that the others are compared with."""


@dataclass
class SweepConfig:
    """Settings of several cells."""

    dry_run: bool = False
    """Say which phases would be trained and which are there, and train nothing."""
    rules: RulesConfig = field(default_factory=RulesConfig)
    pilot: str | None = None
    """Folder of an earlier sweep, by whose noise a dry run says which effects this one can find."""
    seeds_more: int = 0
    """Seeds to add to the grid, after its largest one: one planned step in the folder of the same sweep."""
    unnamed_seed: int | None = None
    """Seed that names of cells leave out; ``seeds_more`` sets it where one seed alone was planned."""


@dataclass
class TrainConfig:
    """One cell: what ``xtl-train`` runs."""

    target: TaskConfig = field(default_factory=TaskConfig)
    intermediate: TaskConfig | None = None
    """Task that the encoder is trained on before the target; null: none."""
    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    data: DataConfig = field(default_factory=DataConfig)
    recipe: RecipeTable = field(default_factory=RecipeTable)
    tuning: TuningConfig = field(default_factory=TuningConfig)
    """Tuning of all phases that do not say otherwise."""
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    seed: int = MISSING
    """Seed of the heads' weights, dropout and the order of batches: from 0 to 2**32 - 1."""
    data_seed: int = MISSING
    """Seed of the choice of rows where a phase trains on a part of its data."""
    sweep: SweepConfig = setting(default_factory=SweepConfig, affects=NOTHING)
    tracking: TrackingConfig = setting(default_factory=TrackingConfig, affects=NOTHING)
    """Views of the run that other programs show."""

    @property
    def phases(self) -> list[tuple[str, TaskConfig]]:
        """Name and task of each phase, in their order."""
        named = [("intermediate", self.intermediate), ("target", self.target)]
        return [(name, task) for name, task in named if task is not None]


@dataclass
class EvaluateConfig:
    """What ``xtl-evaluate`` runs."""

    run: str = MISSING
    """Folder that xtl-train wrote."""
    phase: str = "target"
    """Phase of the run that left the encoder: target or intermediate."""
    task: TaskConfig | None = None
    """Task to score; null: the one that the run was trained for."""
    langs: Any = None
    """Languages to score, as target.langs; null: every language that has a test file."""
    submission: str | None = None
    """Folder that takes the predictions of the run in XTREME's layout, in place of scoring; run may then be a
    folder that holds several runs."""
    data: DataConfig = field(default_factory=DataConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
