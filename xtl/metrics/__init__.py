"""Predictions to numbers: stateful twins of :mod:`xtl.metrics.functional`, for training loops."""

from xtl.errors import renamed_names
from xtl.metrics.classification import ClassificationScore, classification_metric
from xtl.metrics.share import MaskedAccuracy
from xtl.metrics.squad import SquadScore
from xtl.metrics.tagging import SpanF1, TokenAccuracy, tagging_metric

__all__ = [
    "ClassificationScore",
    "MaskedAccuracy",
    "SpanF1",
    "SquadScore",
    "TokenAccuracy",
    "classification_metric",
    "tagging_metric",
]

__getattr__ = renamed_names(
    __name__,
    {
        "AnswerScore": "SquadScore",
        "PairScore": "ClassificationScore",
        "ShareRight": "MaskedAccuracy",
        "pair_metric": "classification_metric",
    },
    after="0.1.0",
)
