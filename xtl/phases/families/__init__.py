"""The families of tasks: what composes readers, encoding, module, decoding and metrics for one of them."""

from collections.abc import Callable, Mapping
from typing import Any

from xtl.config import DataConfig, EmbeddingConfig, TaskConfig
from xtl.phases.families.classification import ClassificationFamily
from xtl.phases.families.family import (
    Family,
    Predicting,
    Thresholded,
    named_by_language,
    packs_examples,
    reads_every_row,
    scoring_module,
)
from xtl.phases.families.masked_lm import MaskedLMFamily
from xtl.phases.families.mining import MiningFamily
from xtl.phases.families.mixture import MixtureFamily, mixed_examples
from xtl.phases.families.multiple_choice import MultipleChoiceFamily
from xtl.phases.families.retrieval import RetrievalFamily
from xtl.phases.families.span_qa import SpanQAFamily
from xtl.phases.families.tagging import TaggingFamily
from xtl.types import Split

__all__ = [
    "ClassificationFamily",
    "Family",
    "MaskedLMFamily",
    "MiningFamily",
    "MixtureFamily",
    "MultipleChoiceFamily",
    "Predicting",
    "RetrievalFamily",
    "SpanQAFamily",
    "TaggingFamily",
    "Thresholded",
    "family_of",
    "languages_of",
    "mixed_examples",
    "named_by_language",
    "packs_examples",
    "reads_every_row",
    "scoring_module",
]

_BUILDERS_WITH_VECTORS: Mapping[str, Callable[[Any, DataConfig, EmbeddingConfig], Family]] = {
    "retrieval": RetrievalFamily,
    "bitext_mining": MiningFamily,
}
_BUILDERS: Mapping[str, Callable[[Any, DataConfig], Family]] = {
    "tagging": TaggingFamily,
    "classification": ClassificationFamily,
    "span_qa": SpanQAFamily,
    "multiple_choice": MultipleChoiceFamily,
    "masked_lm": MaskedLMFamily,
}


def family_of(task: TaskConfig, data: DataConfig, embedding: EmbeddingConfig | None = None) -> Family:
    """Compose the family of a task from its config.

    Args:
        task: Of any family.
        data: Where its examples come from.
        embedding: The backbone's own way to make vectors, if it has one.
    """
    if task.task_type in _BUILDERS_WITH_VECTORS:
        return _BUILDERS_WITH_VECTORS[task.task_type](task, data, embedding or EmbeddingConfig())
    return _BUILDERS[task.task_type](task, data)


def languages_of(family: Family, split: Split) -> list[str]:
    """List the task's languages that have ``split``, in the task's order."""
    there = family.source.languages(split)
    return [lang for lang in family.task.languages.split() if lang in there]
