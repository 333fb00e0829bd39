"""Scores to predictions: pure functions."""

from xtl.decoding.spans import Answered, best_answer, best_threshold, window_candidates
from xtl.decoding.tags import best_tags, gold_tags, join_pieces

__all__ = [
    "Answered",
    "best_answer",
    "best_tags",
    "best_threshold",
    "gold_tags",
    "join_pieces",
    "window_candidates",
]
