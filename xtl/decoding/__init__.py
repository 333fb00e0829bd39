"""Scores to predictions: pure functions."""

from xtl.decoding.tags import best_tags, gold_tags, join_pieces

__all__ = ["best_tags", "gold_tags", "join_pieces"]
