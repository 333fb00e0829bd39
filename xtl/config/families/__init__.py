"""Family by family: the schema of its task files and what makes sense in them."""

from collections.abc import Mapping

from xtl.config.families import classification, tagging
from xtl.config.families.classification import ClassificationConfig
from xtl.config.families.rules import FamilyRules
from xtl.config.families.tagging import TaggingConfig

__all__ = ["FAMILIES", "ClassificationConfig", "FamilyRules", "TaggingConfig"]

FAMILIES: Mapping[str, FamilyRules] = {
    "tagging": tagging.RULES,
    "classification": classification.RULES,
}
