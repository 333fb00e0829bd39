"""Predictions to numbers: stateful twins of :mod:`xtl.metrics.functional`, for training loops."""

from xtl.metrics.classification import PairScore, pair_metric
from xtl.metrics.share import ShareRight
from xtl.metrics.squad import AnswerScore
from xtl.metrics.tagging import SpanF1, TokenAccuracy, tagging_metric

__all__ = [
    "AnswerScore",
    "PairScore",
    "ShareRight",
    "SpanF1",
    "TokenAccuracy",
    "pair_metric",
    "tagging_metric",
]
