"""Configs of sentence retrieval tasks."""

from dataclasses import dataclass

from xtl.errors import ConfigError
from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.fields import FEATURES, WEIGHTS, setting
from xtl.schemas.ranges import at_least, check_embedding
from xtl.schemas.task import TaskConfig


@dataclass
class RetrievalConfig(TaskConfig):
    """Config of a task of sentences and their translations."""

    pivot: str = setting(affects={FEATURES, WEIGHTS})
    """Code of the language that all others are aligned with; ending of its files."""
    embedding: EmbeddingConfig = setting(default_factory=EmbeddingConfig, affects={FEATURES, WEIGHTS})
    """Way to make a vector, where it differs from the backbone's own."""
    temperature: float = setting(0.05, affects={FEATURES, WEIGHTS})
    """Divisor of similarities where the encoder is trained on aligned sentences."""


def check(task: RetrievalConfig, where: str) -> None:
    """Refuse settings that cannot work, beside those that tasks of all types share."""
    at_least(task.max_len, 8, f"{where}.max_len")
    check_embedding(task.embedding, f"{where}.embedding")
    if not task.temperature > 0:
        raise ConfigError(f"{where}.temperature: expected a number above 0, got {task.temperature}")
