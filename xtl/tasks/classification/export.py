"""Classification for other libraries: ``AutoModelForSequenceClassification``."""

from collections.abc import Mapping

from torch import Tensor
from transformers import PreTrainedModel

from xtl.errors import ConfigError
from xtl.models import pooled
from xtl.tasks.base import Task
from xtl.tasks.classification.module import SequenceClassification
from xtl.tasks.exported import ENCODER, HeadExport

LAYOUTS = (
    {"dense": "classifier.dense", "out": "classifier.out_proj"},  # RoBERTa, XLM-R
    {"dense": f"{ENCODER}.pooler.dense", "out": "classifier"},  # BERT
    {"dense": "pooler.dense", "out": "classifier"},  # DeBERTa
)


def head_export(task: Task, module: SequenceClassification) -> HeadExport:
    """Head of a classification or regression task: that of RoBERTa, or the pooler and classifier of BERT.

    Args:
        task: Task whose classes are named; one without labels predicts a number.
        module: Encoder and head.

    Raises:
        ConfigError: if the head reads the mean of all states.
    """
    if module.pooling != "cls":
        raise ConfigError(
            f"task '{task.name}': expected pooling=cls, as AutoModelForSequenceClassification reads the "
            f"state of the first token, got pooling={module.pooling}; train one with target.pooling=cls"
        )

    def logits(ids_BS: Tensor, mask_BS: Tensor) -> Tensor:
        scores: Tensor = module.head(pooled(module.backbone(ids_BS, mask_BS), mask_BS, module.pooling))
        return scores

    return HeadExport(
        auto_class="AutoModelForSequenceClassification",
        pipeline="text-classification",
        labels=task.labels or ("score",),
        settings={"problem_type": "single_label_classification" if task.labels else "regression"},
        layouts=LAYOUTS,
        logits=logits,
        model_logits=_model_logits,
    )


def _model_logits(model: PreTrainedModel, inputs: Mapping[str, Tensor]) -> Tensor:
    scores: Tensor = model(**inputs).logits
    return scores
