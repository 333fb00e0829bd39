"""Schemas of the pretrained encoder and of how it makes vectors."""

from dataclasses import dataclass, field
from typing import Any

from xtl.schemas.fields import MISSING

BACKBONE_SOURCES = ("hub", "e5_small", "tiny")


@dataclass
class EmbeddingConfig:
    """Way from a sentence to a vector; null: as the backbone says, or else as the benchmark does."""

    layer: Any = None
    """Layer: last; benchmark (8 of 12, 14 of 24); a number (0: the embedding layer); a share of the depth."""
    pooling: str | None = None
    """Pooling: mean or cls."""
    special_tokens: bool | None = None
    """Whether the mean is over special tokens too, as in the benchmark."""
    prefix: str | None = None
    """Text in front of each sentence."""


@dataclass
class BackboneConfig:
    """The pretrained encoder."""

    name: str = MISSING
    """Name in results."""
    source: str = MISSING
    """Kind of source: hub, e5_small or tiny."""
    path: str | None = None
    """Repository of the hub, or a folder."""
    revision: str | None = None
    """Commit or tag of the repository."""
    embedding: EmbeddingConfig = field(default_factory=EmbeddingConfig)
    """Way in which the encoder was trained to give vectors, if it was."""
