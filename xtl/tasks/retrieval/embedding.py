"""Ways of embedding: what a task leaves open, filled in; their layers; their tokens."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from tokenizers import Encoding
from transformers import PreTrainedTokenizerBase

from xtl.errors import ConfigError
from xtl.models import encode_texts
from xtl.schemas.backbone import EmbeddingConfig
from xtl.tasks.retrieval.module import Embedding, layer_index

BENCHMARK = EmbeddingConfig(layer="benchmark", pooling="mean", special_tokens=True, prefix="")
"""XTREME's vectors for Tatoeba; what a backbone without a way of its own gets."""


def resolved(task: EmbeddingConfig, backbone: EmbeddingConfig) -> EmbeddingConfig:
    """Way of embedding of a task: what it leaves open is the backbone's, and the rest the benchmark's."""
    values: dict[str, Any] = {}
    for entry in fields(EmbeddingConfig):
        candidates = (getattr(config, entry.name) for config in (task, backbone, BENCHMARK))
        values[entry.name] = next(value for value in candidates if value is not None)
    return replace(BENCHMARK, **values)


def embedding_of(view: EmbeddingConfig, num_layers: int, *, task: str) -> Embedding:
    """Way of embedding as a module takes it: a resolved config whose layer has a number.

    Raises:
        ConfigError: if the encoder has no such layer.
    """
    try:
        layer = layer_index(view.layer, num_layers)
    except ValueError as error:
        raise ConfigError(f"task '{task}': embedding.layer: {error}") from error
    return Embedding(layer=layer, pooling=str(view.pooling))


def tokenised(
    texts: Sequence[str], tokenizer: PreTrainedTokenizerBase, view: EmbeddingConfig, *, max_len: int
) -> list[Encoding]:
    """Sub-words of sentences for one way of embedding."""
    # A prefix such as e5's "query: " is text: it is cut and pooled with the sentence.
    return encode_texts(tokenizer, [f"{view.prefix}{text}" for text in texts], max_len=max_len)
