"""Configs of sentence retrieval tasks."""

from dataclasses import dataclass, field

from omegaconf import MISSING

from xtl.errors import ConfigError
from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.ranges import check_embedding
from xtl.schemas.task import TaskConfig


@dataclass
class RetrievalConfig(TaskConfig):
    """Find the translation of each sentence."""

    pivot: str = MISSING
    """Code of the language that all others are aligned with; ending of its files."""
    embedding: EmbeddingConfig = field(default_factory=EmbeddingConfig)
    """Where it differs from the backbone's own way to make a vector."""
    temperature: float = 0.05
    """What similarities are divided by where the encoder is trained on aligned sentences."""


def check(task: RetrievalConfig, where: str) -> None:
    check_embedding(task.embedding, f"{where}.embedding")
    if not task.temperature > 0:
        raise ConfigError(f"{where}.temperature: expected a number above 0, got {task.temperature}")
