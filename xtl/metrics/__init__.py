"""Predictions to numbers: stateful twins of :mod:`xtl.metrics.functional`, for training loops."""

from xtl.metrics.classification import PairScore, pair_metric
from xtl.metrics.tagging import SpanF1, TokenAccuracy, tagging_metric

__all__ = ["PairScore", "SpanF1", "TokenAccuracy", "pair_metric", "tagging_metric"]
