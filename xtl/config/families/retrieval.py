"""Configs of sentence retrieval and of mining translations."""

from dataclasses import dataclass, field

from omegaconf import MISSING

from xtl.config.families.rules import FamilyRules
from xtl.config.ranges import at_least, one_of
from xtl.config.schemas import EmbeddingConfig, TaskConfig
from xtl.errors import ConfigError
from xtl.types import INDEXES, MINING_SCORES, POOLINGS, RETRIEVAL_SCORES


@dataclass
class RetrievalConfig(TaskConfig):
    """Find the translation of each sentence."""

    pivot: str = MISSING
    """Code of the language that all others are aligned with; ending of its files."""
    embedding: EmbeddingConfig = field(default_factory=EmbeddingConfig)
    """Where it differs from the backbone's own way to make a vector."""
    temperature: float = 0.05
    """What similarities are divided by where the encoder is trained on aligned sentences."""


@dataclass
class MiningConfig(RetrievalConfig):
    """Find which sentences of two corpora are translations."""

    neighbours: int = 4
    """Of the margin."""
    index: str = "exact"
    """What finds neighbours: exact, or faiss (pip install 'xtl[faiss]'); both find the same."""


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


def _check(task: RetrievalConfig, where: str) -> None:
    check_embedding(task.embedding, f"{where}.embedding")
    if not task.temperature > 0:
        raise ConfigError(f"{where}.temperature: expected a number above 0, got {task.temperature}")


def _check_mining(task: MiningConfig, where: str) -> None:
    _check(task, where)
    at_least(task.neighbours, 1, f"{where}.neighbours")
    one_of(task.index, INDEXES, f"{where}.index")
    if task.recipe.epochs:
        raise ConfigError(
            f"{where}.recipe.epochs: expected 0 (mining trains nothing), got {task.recipe.epochs}; train on "
            "aligned sentences with intermediate=, then mine"
        )


RULES = FamilyRules(schema=RetrievalConfig, scores=RETRIEVAL_SCORES, check=_check)
MINING_RULES = FamilyRules(schema=MiningConfig, scores=MINING_SCORES, check=_check_mining)
