"""Schema of the views of a run that other programs show. None of it changes a score or a key."""

from dataclasses import dataclass

WANDB_MODES = ("auto", "online", "offline")


@dataclass
class WandbConfig:
    """Weights & Biases: one run a cell."""

    project: str = "xtl"
    entity: str | None = None
    """Team or user; null: the one that the key belongs to."""
    mode: str = "auto"
    """online, offline (files in the run folder, for ``wandb sync``), or auto: online if there is a key."""


@dataclass
class TrackioConfig:
    """Trackio: one run a cell, in its local database."""

    project: str = "xtl"


@dataclass
class MlflowConfig:
    """MLflow: one run a cell."""

    experiment: str = "xtl"
    uri: str | None = None
    """Address or folder of the store; null: MLFLOW_TRACKING_URI, or mlflow/mlflow.db in the run folder."""


@dataclass
class TrackingConfig:
    """Views of a run that other programs show, any number of them; ``tracking=[wandb,csv]`` makes two."""

    group: str | None = None
    """Name that the runs of a sweep share; null: that of the sweep's folder."""
    csv: bool = False
    """Whether the run folder gets ``csv/metrics.csv``."""
    tensorboard: bool = False
    """Whether the run folder gets ``tensorboard/``, with event files."""
    wandb: WandbConfig | None = None
    trackio: TrackioConfig | None = None
    mlflow: MlflowConfig | None = None
