"""What retrieval and mining share: how sentences become vectors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from transformers import PreTrainedTokenizerBase

from xtl.schemas.backbone import EmbeddingConfig
from xtl.tasks.base import pair_by_id
from xtl.tasks.retrieval.module import Embedding, layer_index
from xtl.tasks.retrieval.types import RetrievalFeature, RetrievalPrediction, RetrievalRow
from xtl.types import MaskedLMExample

BENCHMARK = EmbeddingConfig(layer="benchmark", pooling="mean", special_tokens=True, prefix="")
"""XTREME's vectors for Tatoeba; what a backbone without a way of its own gets."""


def resolved(task: EmbeddingConfig, backbone: EmbeddingConfig) -> EmbeddingConfig:
    """Fill in what the task leaves open from the backbone, and the rest from the benchmark."""
    values: dict[str, Any] = {}
    for entry in fields(EmbeddingConfig):
        given = (getattr(one, entry.name) for one in (task, backbone, BENCHMARK))
        values[entry.name] = next(value for value in given if value is not None)
    return replace(BENCHMARK, **values)


def embedding_of(view: EmbeddingConfig, num_layers: int) -> Embedding:
    """Name the layer of an encoder that a resolved config means."""
    return Embedding(layer=layer_index(view.layer, num_layers), pooling=str(view.pooling))


def encoded(
    texts: Sequence[str], tokenizer: PreTrainedTokenizerBase, view: EmbeddingConfig, *, max_len: int
) -> Iterator[tuple[list[int], list[int]]]:
    """Encode sentences for one way of embedding: ids, and 1 on the tokens that pooling reads.

    A sentence without any token but special ones is read with them.
    """
    if not texts:
        return
    found: Mapping[str, Any] = tokenizer(
        [f"{view.prefix}{text}" for text in texts],
        truncation=True,
        max_length=max_len,
        return_special_tokens_mask=True,
        verbose=False,
    )
    for ids, special in zip(found["input_ids"], found["special_tokens_mask"], strict=True):
        kept = [1] * len(ids) if view.special_tokens else [1 - one for one in special]
        yield ids, kept if any(kept) else [1] * len(ids)


def text_features(
    examples: Sequence[MaskedLMExample],
    tokenizer: PreTrainedTokenizerBase,
    view: EmbeddingConfig,
    *,
    max_len: int,
) -> list[RetrievalFeature]:
    """Encode single sentences for the first way of embedding of a module."""
    found = encoded([example.text for example in examples], tokenizer, view, max_len=max_len)
    return [
        {
            "id": example.id,
            "name": "",
            "input_ids": ids,
            "rows": [RetrievalRow(0, 0, ids, kept)],
        }
        for example, (ids, kept) in zip(examples, found, strict=True)
    ]


def vector_records(
    examples: Sequence[MaskedLMExample], predictions: Sequence[RetrievalPrediction]
) -> list[dict[str, Any]]:
    """Give the vector of each sentence, ``(H,)`` float32 of length 1."""
    return [{"vector": one["vector"].numpy()} for _, one in pair_by_id(examples, predictions)]


def longest(rows: Sequence[RetrievalRow]) -> Sequence[int]:
    """The longest input, which decides the length of a batch."""
    return max((row.input_ids for row in rows), key=len)
