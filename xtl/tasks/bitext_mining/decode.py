"""Vectors of two corpora to mined pairs."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from xtl.tasks.bitext_mining.config import INDEXES
from xtl.tasks.retrieval.search import Advance, Neighbours, both_ways
from xtl.tasks.retrieval.search_faiss import both_ways_faiss

_SEARCHES: Mapping[str, Callable[..., tuple[Neighbours, Neighbours]]] = {
    "exact": both_ways,
    "faiss": both_ways_faiss,
}


class MinedPair(NamedTuple):
    """A source and a target sentence that may be translations."""

    score: float
    """Ratio margin."""
    source: int
    target: int


def mine(
    sources_NH: Tensor,
    targets_MH: Tensor,
    *,
    k: int = 4,
    index: str = "exact",
    advance: Advance = lambda _: None,
) -> list[MinedPair]:
    """Translations among two corpora: ratio margin over k neighbours both ways, one to one, as in XTREME.

    The margin of a pair is its cosine over the mean of the two sentences' mean cosine to their k nearest
    (Artetxe & Schwenk 2019). The best candidate of each source and of each target are put together; going
    down by margin, a pair is kept if neither sentence is in one yet.

    Args:
        sources_NH: Vectors of length 1, ``(N, H)``.
        targets_MH: Vectors of length 1, ``(M, H)``.
        k: Neighbours of each sentence; fewer where there are fewer sentences.
        index: Name of the search: ``exact``: :func:`xtl.tasks.retrieval.search.both_ways`; ``faiss``:
            :func:`xtl.tasks.retrieval.search_faiss.both_ways_faiss`, which gives the same, on the CPU.
        advance: Function that is told how many pairs of a source and a target were compared, N M in all.

    Returns:
        Pairs with a margin above 0, best first.

    Raises:
        ConfigError: if the search is that of faiss, which is not installed.
        ValueError: if there is no such index.
    """
    if index not in INDEXES:
        raise ValueError(f"index: expected one of {', '.join(INDEXES)}, got {index!r}")
    if not len(sources_NH) or not len(targets_MH):
        return []
    forward, backward = _SEARCHES[index](sources_NH, targets_MH, k=k, advance=advance)
    # A sentence that is near to everything (a hub) has a high mean, which lowers the margin of its pairs.
    near_source, near_target = forward.similarity.mean(1), backward.similarity.mean(1)
    first = forward.similarity / ((near_source[:, None] + near_target[forward.indices]) / 2)
    second = backward.similarity / ((near_target[:, None] + near_source[backward.indices]) / 2)
    # Retrieval "max" of the benchmark's mine_bitext: the best pair of each sentence of either side.
    candidates = [
        (torch.arange(len(first)), forward.indices.cpu().gather(1, _best(first)).squeeze(1)),
        (backward.indices.cpu().gather(1, _best(second)).squeeze(1), torch.arange(len(second))),
    ]
    scores = torch.cat([first.max(1).values.cpu(), second.max(1).values.cpu()])
    sources = torch.cat([candidates[0][0], candidates[1][0]]).tolist()
    targets = torch.cat([candidates[0][1], candidates[1][1]]).tolist()
    return _one_to_one(scores, sources, targets)


def best_margin(pairs: Sequence[tuple[float, bool]], num_gold: int) -> float:
    """Threshold of the margin with the highest F1 (``bucc_optimize``).

    Args:
        pairs: Margin of each pair, and whether it is a translation; best first.
        num_gold: Number of translations there are.

    Returns:
        The threshold: halfway between the last pair that is taken and the next; the last margin where all are
        taken; 0 where none is right.
    """
    best, right, threshold = 0.0, 0, 0.0
    for taken, (score, is_right) in enumerate(pairs, start=1):
        right += is_right
        f1 = 2 * right / (taken + num_gold)
        # Strictly better: of cuts with equal F1 the highest threshold, as in the benchmark's script.
        if is_right and f1 > best:
            best = f1
            # The script reads one pair beyond the end where all are taken; here the last margin is the cut.
            threshold = (score + pairs[min(taken, len(pairs) - 1)][0]) / 2
    return threshold


def _best(scores: Tensor) -> Tensor:
    return scores.argmax(1, keepdim=True).cpu()


def _one_to_one(scores: Tensor, sources: Sequence[int], targets: Sequence[int]) -> list[MinedPair]:
    """Candidates from the best down, without those whose source or target is in a better one."""
    seen_sources: set[int] = set()
    seen_targets: set[int] = set()
    pairs = []
    values = scores.tolist()
    # Stable: of equal margins the candidate of a source comes before that of a target, on every machine.
    for candidate in torch.argsort(-scores, stable=True).tolist():
        source, target, score = sources[candidate], targets[candidate], values[candidate]
        if source in seen_sources or target in seen_targets:
            continue
        seen_sources.add(source)
        seen_targets.add(target)
        if score > 0:  # the threshold that the script mines with
            pairs.append(MinedPair(score, source, target))
    return pairs
