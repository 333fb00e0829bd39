"""Vectors of sentences to the uids of their neighbours, and to records."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from xtl.tasks.base import pair_by_id
from xtl.tasks.retrieval.search import nearest
from xtl.tasks.retrieval.types import RetrievalPrediction, Sentence
from xtl.types import ExampleId


def nearest_uids(
    ids: Sequence[ExampleId], predictions: Sequence[RetrievalPrediction], *, num_views: int
) -> Mapping[str, list[str]]:
    """What a search among the sentences of one language finds.

    Args:
        ids: Identities of the N examples.
        predictions: Vectors of both sides of each, for each way of embedding.
        num_views: Number of ways of embedding: the task's own is the first, the benchmark's the last.

    Returns:
        N uids by name: ``found``: the sentence nearest to each translation; ``found_back``: the translation
        nearest to each sentence; of several ways also ``found_benchmark``: as ``found``, with the benchmark's
        vectors.

    Raises:
        ValueError: if a sentence has no vector.
    """
    matrices = {
        (side, view): _matrix(ids, predictions, side=side, view=view)
        for side in (0, 1)
        for view in range(num_views)
    }
    # The benchmark asks in the pivot language, and searches among the sentences of the other one.
    indices = {
        "found": nearest(matrices[1, 0], matrices[0, 0]),
        "found_back": nearest(matrices[0, 0], matrices[1, 0]),
    }
    if num_views > 1:
        benchmark = num_views - 1
        indices["found_benchmark"] = nearest(matrices[1, benchmark], matrices[0, benchmark])
    return {name: [ids[index].uid for index in column.tolist()] for name, column in indices.items()}


def vector_records(
    examples: Sequence[Sentence], predictions: Sequence[RetrievalPrediction]
) -> list[dict[str, Any]]:
    """Vector of each raw sentence, ``(H,)`` float32 of length 1, in a record."""
    return [{"vector": prediction["vector"].numpy()} for _, prediction in pair_by_id(examples, predictions)]


def _matrix(
    ids: Sequence[ExampleId], predictions: Sequence[RetrievalPrediction], *, side: int, view: int
) -> Tensor:
    """Vectors of one side and view in the order of ``ids``, ``(N, H)``."""
    vectors = {
        prediction["id"]: prediction["vector"]
        for prediction in predictions
        if prediction["side"] == side and prediction["view"] == view
    }
    # Predictions come in the order of batches; the row of a matrix must be that of its example.
    missing = [str(id_) for id_ in ids if id_ not in vectors]
    if missing:
        raise ValueError(f"expected a vector for each sentence, got none for {', '.join(missing[:5])}")
    return torch.stack([vectors[id_] for id_ in ids])
