"""Family by family: the schema of its task files and what makes sense in them."""

from collections.abc import Mapping

from xtl.config.families import (
    classification,
    masked_lm,
    mixture,
    multiple_choice,
    retrieval,
    span_qa,
    tagging,
)
from xtl.config.families.classification import ClassificationConfig
from xtl.config.families.masked_lm import MaskedLMConfig
from xtl.config.families.mixture import MixtureConfig
from xtl.config.families.multiple_choice import ChoiceConfig
from xtl.config.families.retrieval import MiningConfig, RetrievalConfig, check_embedding
from xtl.config.families.rules import FamilyRules
from xtl.config.families.span_qa import SpanQAConfig
from xtl.config.families.tagging import TaggingConfig

__all__ = [
    "FAMILIES",
    "ChoiceConfig",
    "ClassificationConfig",
    "FamilyRules",
    "MaskedLMConfig",
    "MiningConfig",
    "MixtureConfig",
    "RetrievalConfig",
    "SpanQAConfig",
    "TaggingConfig",
    "check_embedding",
]

FAMILIES: Mapping[str, FamilyRules] = {
    "tagging": tagging.RULES,
    "classification": classification.RULES,
    "span_qa": span_qa.RULES,
    "multiple_choice": multiple_choice.RULES,
    "retrieval": retrieval.RULES,
    "bitext_mining": retrieval.MINING_RULES,
    "masked_lm": masked_lm.RULES,
    "mixture": mixture.RULES,
}
