"""Predictions to numbers: stateful twins of :mod:`xtl.metrics.functional`, for training loops."""

from xtl.metrics.tagging import SpanF1, TokenAccuracy, tagging_metric

__all__ = ["SpanF1", "TokenAccuracy", "tagging_metric"]
