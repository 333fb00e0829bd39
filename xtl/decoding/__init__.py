"""Scores to predictions: pure functions."""

from xtl.decoding.faiss_index import both_ways_faiss
from xtl.decoding.mining import MinedPair, best_margin, mine
from xtl.decoding.neighbours import Neighbours, both_ways, nearest
from xtl.decoding.spans import Answered, best_answer, best_threshold, window_candidates
from xtl.decoding.tags import best_tags, gold_tags, join_pieces

__all__ = [
    "Answered",
    "MinedPair",
    "Neighbours",
    "best_answer",
    "best_margin",
    "best_tags",
    "best_threshold",
    "both_ways",
    "both_ways_faiss",
    "gold_tags",
    "join_pieces",
    "mine",
    "nearest",
    "window_candidates",
]
