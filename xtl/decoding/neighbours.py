"""Nearest neighbours and mined pairs of sentence vectors: exact, block by block, on CPU or GPU."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from xtl.types import INDEXES

_QUERY_BLOCK, _KEY_BLOCK = 512, 4096
"""A block of similarities has 8 MiB, whatever the number of sentences: it is still in the cache when it is
searched."""


class Neighbours(NamedTuple):
    """The k nearest of each query, best first."""

    similarity: Tensor  # (Q, k) float32
    places: Tensor  # (Q, k) int64


class MinedPair(NamedTuple):
    """A source and a target sentence that may be translations."""

    score: float
    """Ratio margin."""
    source: int
    target: int


def nearest(queries_QH: Tensor, keys_KH: Tensor) -> Tensor:
    """Find the nearest key of each query by cosine similarity; of equal ones the first.

    Args:
        queries_QH: Vectors of length 1, ``(Q, H)``.
        keys_KH: ``(K, H)``.

    Returns:
        ``(Q,)`` int64.
    """
    found = []
    for queries in _blocks(queries_QH, _QUERY_BLOCK):
        best = torch.full((len(queries),), -torch.inf, device=queries.device)
        index = torch.zeros(len(queries), dtype=torch.int64, device=queries.device)
        for start in range(0, len(keys_KH), _KEY_BLOCK):
            similarity = queries @ keys_KH[start : start + _KEY_BLOCK].T
            value, at = similarity.max(1).values, similarity.argmax(1)  # argmax gives the first of equal ones
            better = value > best
            best = torch.where(better, value, best)
            index = torch.where(better, at + start, index)
        found.append(index)
    return torch.cat(found) if found else torch.empty(0, dtype=torch.int64)


def both_ways(sources_NH: Tensor, targets_MH: Tensor, *, k: int) -> tuple[Neighbours, Neighbours]:
    """Find the k nearest targets of each source, and the k nearest sources of each target, in one pass.

    Memory beyond the vectors is one block of similarities and the neighbours found.

    Args:
        sources_NH: Vectors of length 1, ``(N, H)``.
        targets_MH: ``(M, H)``.
        k: Neighbours of each; fewer where there are fewer.
    """
    forward = [_empty(len(block), sources_NH) for block in _blocks(sources_NH, _QUERY_BLOCK)]
    backward = [_empty(len(block), sources_NH) for block in _blocks(targets_MH, _KEY_BLOCK)]
    for row, sources in enumerate(_blocks(sources_NH, _QUERY_BLOCK)):
        for column, targets in enumerate(_blocks(targets_MH, _KEY_BLOCK)):
            similarity = sources @ targets.T
            forward[row] = _merged(forward[row], similarity, offset=column * _KEY_BLOCK, k=k)
            backward[column] = _merged(backward[column], similarity.T, offset=row * _QUERY_BLOCK, k=k)
    return _joined(forward), _joined(backward)


def mine(sources_NH: Tensor, targets_MH: Tensor, *, k: int = 4, index: str = "exact") -> list[MinedPair]:
    """Mine translations: ratio margin over k neighbours both ways, one to one, as XTREME does for BUCC.

    The margin of a pair is its cosine over the mean of the two sentences' mean cosine to their k nearest
    (Artetxe & Schwenk 2019). The best candidate of each source and of each target are put together; going
    down by margin, a pair is kept if neither sentence is in one yet.

    Args:
        sources_NH: Vectors of length 1, ``(N, H)``.
        targets_MH: ``(M, H)``.
        k: Neighbours; fewer where there are fewer sentences.
        index: ``exact``: :func:`both_ways`; ``faiss``: :func:`xtl.decoding.faiss_index.both_ways_faiss`,
            which finds the same, on the CPU.

    Returns:
        Pairs with a margin above 0, best first.

    Raises:
        ConfigError: if faiss is asked for and not installed.
        ValueError: if there is no such index.
    """
    if index not in INDEXES:
        raise ValueError(f"index: expected one of {', '.join(INDEXES)}, got {index!r}")
    if not len(sources_NH) or not len(targets_MH):
        return []
    search = both_ways
    if index == "faiss":
        from xtl.decoding.faiss_index import both_ways_faiss as search
    forward, backward = search(sources_NH, targets_MH, k=k)
    near_source, near_target = forward.similarity.mean(1), backward.similarity.mean(1)
    first = forward.similarity / ((near_source[:, None] + near_target[forward.places]) / 2)
    second = backward.similarity / ((near_target[:, None] + near_source[backward.places]) / 2)
    candidates = [
        (torch.arange(len(first)), forward.places.cpu().gather(1, _best(first)).squeeze(1)),
        (backward.places.cpu().gather(1, _best(second)).squeeze(1), torch.arange(len(second))),
    ]
    scores = torch.cat([first.max(1).values.cpu(), second.max(1).values.cpu()])
    sources = torch.cat([candidates[0][0], candidates[1][0]]).tolist()
    targets = torch.cat([candidates[0][1], candidates[1][1]]).tolist()
    return _one_to_one(scores, sources, targets)


def best_margin(pairs: Sequence[tuple[float, bool]], num_gold: int) -> float:
    """Choose the threshold with the highest F1 (``bucc_optimize``).

    Args:
        pairs: Margin, and whether the pair is a translation; best first.
        num_gold: Translations there are.

    Returns:
        Halfway between the last pair that is taken and the next; the last margin where all are taken; 0 where
        none is right.
    """
    best, right, threshold = 0.0, 0, 0.0
    for taken, (score, is_right) in enumerate(pairs, start=1):
        right += is_right
        f1 = 2 * right / (taken + num_gold)
        if is_right and f1 > best:
            best = f1
            threshold = (score + pairs[min(taken, len(pairs) - 1)][0]) / 2
    return threshold


def _blocks(vectors: Tensor, size: int) -> list[Tensor]:
    return [vectors[start : start + size] for start in range(0, len(vectors), size)]


def _empty(count: int, like: Tensor) -> Neighbours:
    shape = (count, 0)
    return Neighbours(like.new_empty(shape), torch.empty(shape, dtype=torch.int64, device=like.device))


def _merged(known: Neighbours, similarity: Tensor, *, offset: int, k: int) -> Neighbours:
    """Take the k best of what is known and of one more block; of equal ones, what is known.

    Once k are known, most queries have none better in a block: its highest value tells, and to find that is
    several times faster than to find the k best.
    """
    if known.places.shape[1] < k:
        return _k_best(known, similarity, offset=offset, k=k)
    open_ = (similarity.amax(1) > known.similarity[:, -1]).nonzero().squeeze(1)
    if not len(open_):
        return known
    some = Neighbours(known.similarity[open_], known.places[open_])
    some = _k_best(some, similarity[open_], offset=offset, k=k)
    return Neighbours(
        known.similarity.index_copy(0, open_, some.similarity), known.places.index_copy(0, open_, some.places)
    )


def _k_best(known: Neighbours, similarity: Tensor, *, offset: int, k: int) -> Neighbours:
    values, index = similarity.topk(min(k, similarity.shape[1]), dim=1)
    values = torch.cat([known.similarity, values], dim=1)
    index = torch.cat([known.places, index + offset], dim=1)
    best, at = values.topk(min(k, values.shape[1]), dim=1)
    return Neighbours(best, index.gather(1, at))


def _joined(parts: Sequence[Neighbours]) -> Neighbours:
    return Neighbours(
        torch.cat([part.similarity for part in parts]), torch.cat([part.places for part in parts])
    )


def _best(scores: Tensor) -> Tensor:
    return scores.argmax(1, keepdim=True).cpu()


def _one_to_one(scores: Tensor, sources: Sequence[int], targets: Sequence[int]) -> list[MinedPair]:
    seen_sources: set[int] = set()
    seen_targets: set[int] = set()
    pairs = []
    values = scores.tolist()
    for at in torch.argsort(-scores, stable=True).tolist():
        source, target, score = sources[at], targets[at], values[at]
        if source in seen_sources or target in seen_targets:
            continue
        seen_sources.add(source)
        seen_targets.add(target)
        if score > 0:
            pairs.append(MinedPair(score, source, target))
    return pairs
