"""Family by family: the schema of its task files and what makes sense in them."""

from collections.abc import Mapping

from xtl.config.families import classification, span_qa, tagging
from xtl.config.families.classification import ClassificationConfig
from xtl.config.families.rules import FamilyRules
from xtl.config.families.span_qa import SpanQAConfig
from xtl.config.families.tagging import TaggingConfig

__all__ = ["FAMILIES", "ClassificationConfig", "FamilyRules", "SpanQAConfig", "TaggingConfig"]

FAMILIES: Mapping[str, FamilyRules] = {
    "tagging": tagging.RULES,
    "classification": classification.RULES,
    "span_qa": span_qa.RULES,
}
