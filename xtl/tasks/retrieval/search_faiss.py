"""Nearest neighbours by faiss, for those who have it: exact too, on the CPU."""

import importlib
from typing import Any

import torch
from torch import Tensor

from xtl.errors import ConfigError
from xtl.tasks.retrieval.search import Advance, Neighbours


def both_ways_faiss(
    sources_NH: Tensor, targets_MH: Tensor, *, k: int, advance: Advance = lambda _: None
) -> tuple[Neighbours, Neighbours]:
    """The same as :func:`xtl.tasks.retrieval.search.both_ways`, in two passes; equal ones in any order.

    Memory beyond the vectors is a copy of one side and the neighbours found.

    Args:
        sources_NH: Vectors of length 1, ``(N, H)``.
        targets_MH: Vectors of length 1, ``(M, H)``.
        k: Neighbours of each vector; fewer where there are fewer.
        advance: Function that is told how many pairs were compared, N M in all: half of them after each pass.

    Returns:
        Neighbours of the N sources among the targets, and of the M targets among the sources.

    Raises:
        ConfigError: if faiss is not installed.
    """
    faiss = _faiss()
    # faiss has its own thread count and would take every core, whatever torch was told.
    faiss.omp_set_num_threads(torch.get_num_threads())
    num_pairs = len(sources_NH) * len(targets_MH)
    forward = _search(faiss, sources_NH, targets_MH, k=k)
    advance(num_pairs // 2)
    backward = _search(faiss, targets_MH, sources_NH, k=k)
    advance(num_pairs - num_pairs // 2)
    return forward, backward


def _search(faiss: Any, queries_QH: Tensor, keys_KH: Tensor, *, k: int) -> Neighbours:  # noqa: ANN401
    # Inner products: of vectors of length 1 they are cosines, and a flat index is an exact one.
    index = faiss.IndexFlatIP(keys_KH.shape[1])
    queries, keys = (side.detach().float().cpu().contiguous().numpy() for side in (queries_QH, keys_KH))
    index.add(keys)
    # More neighbours than keys would be filled up with index -1.
    similarity, indices = index.search(queries, min(k, len(keys)))
    return Neighbours(torch.from_numpy(similarity), torch.from_numpy(indices))


def _faiss() -> Any:  # noqa: ANN401  a module without types
    try:
        return importlib.import_module("faiss")
    except ImportError as error:
        raise ConfigError(
            f"target.index=faiss: expected the package faiss to be installed, got: {error}; "
            "pip install faiss-cpu, or use target.index=exact, which finds the same"
        ) from error
