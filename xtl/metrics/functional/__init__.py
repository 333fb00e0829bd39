"""Predictions to numbers: pure functions."""

from xtl.metrics.functional.tagging import span_f1, token_accuracy

__all__ = ["span_f1", "token_accuracy"]
