"""Configs of sentence retrieval tasks."""

from dataclasses import dataclass

from xtl.errors import ConfigError
from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.fields import FEATURES, WEIGHTS, setting
from xtl.schemas.ranges import check_embedding
from xtl.schemas.task import TaskConfig


@dataclass
class RetrievalConfig(TaskConfig):
    """Find the translation of each sentence."""

    pivot: str = setting(affects={FEATURES, WEIGHTS})
    """Code of the language that all others are aligned with; ending of its files."""
    embedding: EmbeddingConfig = setting(default_factory=EmbeddingConfig, affects={FEATURES, WEIGHTS})
    """Where it differs from the backbone's own way to make a vector."""
    temperature: float = setting(0.05, affects={FEATURES, WEIGHTS})
    """What similarities are divided by where the encoder is trained on aligned sentences."""


def check(task: RetrievalConfig, where: str) -> None:
    """Refuse settings that cannot work, beside those that tasks of all types share."""
    check_embedding(task.embedding, f"{where}.embedding")
    if not task.temperature > 0:
        raise ConfigError(f"{where}.temperature: expected a number above 0, got {task.temperature}")
