"""Predictions to numbers: pure functions."""

from xtl.metrics.functional.classification import (
    accuracy,
    class_counts,
    f1,
    f1_macro,
    matthews,
    pearson,
    score_classes,
    score_numbers,
    spearman,
)
from xtl.metrics.functional.retrieval import score_pairs
from xtl.metrics.functional.squad import answer_scores, score_answers
from xtl.metrics.functional.tagging import score_tags, sentence_counts, span_f1, token_accuracy

__all__ = [
    "accuracy",
    "answer_scores",
    "class_counts",
    "f1",
    "f1_macro",
    "matthews",
    "pearson",
    "score_answers",
    "score_classes",
    "score_numbers",
    "score_pairs",
    "score_tags",
    "sentence_counts",
    "span_f1",
    "spearman",
    "token_accuracy",
]
