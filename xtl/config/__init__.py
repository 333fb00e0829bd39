"""The typed schemas of ``conf/``, and :func:`checked`, the one door from a config to plain objects."""

from xtl.config.checks import check_task, updates_of
from xtl.config.door import checked, checked_evaluation, compose, conf_dir, dump, load, register
from xtl.config.families import (
    FAMILIES,
    ChoiceConfig,
    ClassificationConfig,
    FamilyRules,
    MaskedLMConfig,
    MiningConfig,
    MixtureConfig,
    RetrievalConfig,
    SpanQAConfig,
    TaggingConfig,
)
from xtl.config.schemas import (
    BackboneConfig,
    DataConfig,
    EmbeddingConfig,
    EvaluateConfig,
    RecipeConfig,
    RecipeTable,
    SweepConfig,
    TaskConfig,
    TrainConfig,
    TrainerConfig,
    TuningConfig,
)
from xtl.errors import ConfigError

__all__ = [
    "FAMILIES",
    "BackboneConfig",
    "ChoiceConfig",
    "ClassificationConfig",
    "ConfigError",
    "DataConfig",
    "EmbeddingConfig",
    "EvaluateConfig",
    "FamilyRules",
    "MaskedLMConfig",
    "MiningConfig",
    "MixtureConfig",
    "RecipeConfig",
    "RecipeTable",
    "RetrievalConfig",
    "SpanQAConfig",
    "SweepConfig",
    "TaggingConfig",
    "TaskConfig",
    "TrainConfig",
    "TrainerConfig",
    "TuningConfig",
    "check_task",
    "checked",
    "checked_evaluation",
    "compose",
    "conf_dir",
    "dump",
    "load",
    "register",
    "updates_of",
]
