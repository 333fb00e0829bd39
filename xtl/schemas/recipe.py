"""Schemas of how a phase trains: the recipe and the tuning."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xtl.schemas.fields import MISSING

SELECTIONS = ("best_validation", "last")


@dataclass
class RecipeConfig:
    """How a phase trains."""

    lr: float = MISSING
    """Highest learning rate."""
    head_lr: float | None = MISSING
    """Highest learning rate of the new head; null: that of the encoder."""
    epochs: int = MISSING
    """Passes over the training set; 0: nothing is trained, the encoder is scored as it is."""
    batch_size: int = MISSING
    """Examples an update."""
    warmup: float = MISSING
    """Updates over which the learning rate rises: a share in [0, 1], or a whole number above 1."""
    weight_decay: float = MISSING
    """Weight decay of the matrices of linear layers."""
    clip: float = MISSING
    """Norm that gradients are clipped to; 0: not at all."""
    dropout: float = MISSING
    """Dropout before the head, in [0, 1)."""
    selection: str = MISSING
    """Rule that selects weights: best_validation (training language, score named in the task) or last."""
    patience: int = MISSING
    """Validations without a better score after which training stops; 0: never stops early."""
    validation_rows: int | None = MISSING
    """Rows, from the first on, of each validation set that choose weights (jiant: 500); null: all."""


@dataclass
class TuningConfig:
    """Which weights of the encoder a phase trains; the head is always trained."""

    name: str = "full"
    """full, freeze_n, bitfit (biases), layernorm, lora or adapter."""
    layers: int = 0
    """freeze_n: blocks, from the first one, that stay as they are, with the embeddings."""
    rank: int = 8
    """lora: rank of the added matrices."""
    alpha: float = 16.0
    """lora: what they add is multiplied by alpha / rank."""
    dropout: float = 0.0
    """lora: share of their inputs that training sets to 0."""
    targets: list[str] = field(default_factory=lambda: ["query", "value"])
    """lora: last parts of the names of the linear layers that get them."""
    units: int = 64
    """adapter: width of the bottleneck."""


TUNING_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "full": (),
    "freeze_n": ("layers",),
    "bitfit": (),
    "layernorm": (),
    "lora": ("rank", "alpha", "dropout", "targets"),
    "adapter": ("units",),
}
"""What each tuning reads of its config; the first one stands in its name."""


@dataclass
class RecipeOfPhase:
    """What differs from the recipe's other settings in one phase."""

    default: dict[str, Any] = field(default_factory=dict)
    """Fields of a recipe that differ, for all tasks."""
    tasks: dict[str, Any] = field(default_factory=dict)
    """Task name to the fields that differ, over ``default``."""


@dataclass
class RecipeTable:
    """Settings for all tasks, and where a task differs."""

    name: str = MISSING
    """Name of the recipe in its folder."""
    default: RecipeConfig = field(default_factory=RecipeConfig)
    tasks: dict[str, Any] = field(default_factory=dict)
    """Task name to the fields of ``default`` that differ."""
    intermediate: RecipeOfPhase = field(default_factory=RecipeOfPhase)
    """What differs where a task is the intermediate one, over ``default`` and ``tasks``."""
    max_len: dict[str, int] = field(default_factory=dict)
    """Longest inputs by task or by task type, where they are not what the type has (XTREME's)."""
