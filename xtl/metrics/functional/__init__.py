"""Predictions to numbers: pure functions."""

from xtl.metrics.functional.tagging import score_tags, span_f1, token_accuracy

__all__ = ["score_tags", "span_f1", "token_accuracy"]
