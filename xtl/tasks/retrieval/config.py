"""Configs of sentence retrieval tasks."""

from dataclasses import dataclass, field

from omegaconf import MISSING

from xtl.errors import ConfigError
from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.ranges import one_of
from xtl.schemas.task import TaskConfig
from xtl.types import POOLINGS


@dataclass
class RetrievalConfig(TaskConfig):
    """Find the translation of each sentence."""

    pivot: str = MISSING
    """Code of the language that all others are aligned with; ending of its files."""
    embedding: EmbeddingConfig = field(default_factory=EmbeddingConfig)
    """Where it differs from the backbone's own way to make a vector."""
    temperature: float = 0.05
    """What similarities are divided by where the encoder is trained on aligned sentences."""


def check_embedding(embedding: EmbeddingConfig, where: str) -> None:
    """Refuse a layer or pooling that cannot be."""
    if embedding.pooling is not None:
        one_of(embedding.pooling, POOLINGS, f"{where}.pooling")
    layer = embedding.layer
    if layer is None or layer in ("last", "benchmark"):
        return
    if isinstance(layer, bool) or not isinstance(layer, int | float):
        raise ConfigError(
            f"{where}.layer: expected last, benchmark, a number of a layer, or a share of the depth "
            f"between 0 and 1, got {layer!r}"
        )


def check(task: RetrievalConfig, where: str) -> None:
    check_embedding(task.embedding, f"{where}.embedding")
    if not task.temperature > 0:
        raise ConfigError(f"{where}.temperature: expected a number above 0, got {task.temperature}")
