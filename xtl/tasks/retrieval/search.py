"""Nearest neighbours of sentence vectors: exact, block by block, on CPU or GPU."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

_QUERY_BLOCK, _KEY_BLOCK = 512, 4096
"""A block of similarities has 8 MiB, whatever the number of sentences: it is still in the cache when it is
searched."""


Advance = Callable[[int], object]
"""Function of the number of pairs that were compared since its last call; what it returns is left."""


class Neighbours(NamedTuple):
    """The k nearest keys of each of Q queries, best first."""

    similarity: Tensor  # (Q, k) float32
    indices: Tensor  # (Q, k) int64, rows of the keys


def nearest(queries_QH: Tensor, keys_KH: Tensor) -> Tensor:
    """Nearest key of each query by distance, as in XTREME; of equal ones the first.

    Of vectors of length 1 that is the one with the highest cosine. A vector of zeros, which has no direction,
    stays at distance 1 from all of them, as far as a cosine of a half.

    Args:
        queries_QH: Vectors of length 1 or 0, ``(Q, H)``.
        keys_KH: Vectors of length 1 or 0, ``(K, H)``.

    Returns:
        Index of the nearest key of each query, ``(Q,)`` int64.
    """
    zero_keys_K = ~keys_KH.any(1)
    any_zero = bool(zero_keys_K.any())  # most often there is none, and nothing to do for it
    nearest_of_block = []
    for queries in _blocks(queries_QH, _QUERY_BLOCK):
        best = torch.full((len(queries),), -torch.inf, device=queries.device)
        index = torch.zeros(len(queries), dtype=torch.int64, device=queries.device)
        for start in range(0, len(keys_KH), _KEY_BLOCK):
            similarity = queries @ keys_KH[start : start + _KEY_BLOCK].T
            if any_zero:
                # Squared distance is |q|^2 + |k|^2 - 2qk: by it, keys rank as by qk - |k|^2 / 2.
                similarity = similarity.masked_fill(zero_keys_K[start : start + _KEY_BLOCK], 0.5)
            value, column = similarity.max(1).values, similarity.argmax(1)  # the first of equal ones
            better = value > best  # strictly: of equal keys the one of the earlier block stays
            best = torch.where(better, value, best)
            index = torch.where(better, column + start, index)
        nearest_of_block.append(index)
    if not nearest_of_block:
        return torch.empty(0, dtype=torch.int64)
    found = torch.cat(nearest_of_block)
    return _first_of_equals(keys_KH).to(found.device)[found]


def _first_of_equals(keys_KH: Tensor) -> Tensor:
    """Index of the first key that is the same as each, ``(K,)`` int64.

    A product of matrices may sum its last columns in another order, so that the same key twice has two
    similarities: which one is higher would hang on the processor and on where it stands.
    """
    first: dict[bytes, int] = {}
    rows = keys_KH.detach().cpu().float().numpy()
    return torch.tensor([first.setdefault(row.tobytes(), index) for index, row in enumerate(rows)])


def both_ways(
    sources_NH: Tensor, targets_MH: Tensor, *, k: int, advance: Advance = lambda _: None
) -> tuple[Neighbours, Neighbours]:
    """The k nearest targets of each source, and the k nearest sources of each target, in one pass.

    Memory beyond the vectors is one block of similarities and the neighbours found.

    Args:
        sources_NH: Vectors of length 1, ``(N, H)``.
        targets_MH: Vectors of length 1, ``(M, H)``.
        k: Neighbours of each vector; fewer where there are fewer.
        advance: Function that is told how many pairs were compared, N M in all.

    Returns:
        Neighbours of the N sources among the targets, and of the M targets among the sources.
    """
    # Every similarity is computed once and serves both directions: half the multiplications of two passes.
    forward = [_empty(len(block), sources_NH) for block in _blocks(sources_NH, _QUERY_BLOCK)]
    backward = [_empty(len(block), sources_NH) for block in _blocks(targets_MH, _KEY_BLOCK)]
    for row, sources in enumerate(_blocks(sources_NH, _QUERY_BLOCK)):
        for column, targets in enumerate(_blocks(targets_MH, _KEY_BLOCK)):
            similarity = sources @ targets.T
            forward[row] = _merged(forward[row], similarity, offset=column * _KEY_BLOCK, k=k)
            backward[column] = _merged(backward[column], similarity.T, offset=row * _QUERY_BLOCK, k=k)
        advance(len(sources) * len(targets_MH))
    return _joined(forward), _joined(backward)


def _blocks(vectors: Tensor, size: int) -> list[Tensor]:
    return [vectors[start : start + size] for start in range(0, len(vectors), size)]


def _empty(count: int, like: Tensor) -> Neighbours:
    shape = (count, 0)
    return Neighbours(like.new_empty(shape), torch.empty(shape, dtype=torch.int64, device=like.device))


def _merged(neighbours: Neighbours, similarity: Tensor, *, offset: int, k: int) -> Neighbours:
    """The k best of the neighbours so far and of one more block; of equal ones, those so far.

    Once there are k, most queries have none better in a block: its highest value tells, and to find that is
    several times faster than to find the k best.
    """
    if neighbours.indices.shape[1] < k:
        return _k_best(neighbours, similarity, offset=offset, k=k)
    # The last column is the worst neighbour so far: a block without a higher value changes nothing.
    improved = (similarity.amax(1) > neighbours.similarity[:, -1]).nonzero().squeeze(1)
    if not len(improved):
        return neighbours
    updated = Neighbours(neighbours.similarity[improved], neighbours.indices[improved])
    updated = _k_best(updated, similarity[improved], offset=offset, k=k)
    return Neighbours(
        neighbours.similarity.index_copy(0, improved, updated.similarity),
        neighbours.indices.index_copy(0, improved, updated.indices),
    )


def _k_best(neighbours: Neighbours, similarity: Tensor, *, offset: int, k: int) -> Neighbours:
    # The k best of the block first: the second search is then among 2k values, not thousands.
    values, indices = similarity.topk(min(k, similarity.shape[1]), dim=1)
    values = torch.cat([neighbours.similarity, values], dim=1)
    indices = torch.cat([neighbours.indices, indices + offset], dim=1)
    best, columns = values.topk(min(k, values.shape[1]), dim=1)
    return Neighbours(best, indices.gather(1, columns))


def _joined(parts: Sequence[Neighbours]) -> Neighbours:
    return Neighbours(
        torch.cat([part.similarity for part in parts]), torch.cat([part.indices for part in parts])
    )
