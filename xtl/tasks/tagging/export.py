"""Tagging for other libraries: ``AutoModelForTokenClassification``."""

from collections.abc import Mapping

from torch import Tensor
from transformers import PreTrainedModel

from xtl.tasks.base import Task
from xtl.tasks.exported import HeadExport
from xtl.tasks.tagging.module import TokenTagging


def head_export(task: Task, module: TokenTagging) -> HeadExport:
    """Head of a tagging task: one linear layer, which transformers has too.

    Args:
        task: Task whose tags are named.
        module: Encoder and head.
    """

    def logits(ids_BS: Tensor, mask_BS: Tensor) -> Tensor:
        scores: Tensor = module.head(module.backbone(ids_BS, mask_BS))
        return scores

    return HeadExport(
        auto_class="AutoModelForTokenClassification",
        pipeline="token-classification",
        labels=task.labels,
        layouts=({"": "classifier"},),
        logits=logits,
        model_logits=_model_logits,
        per_token=True,
    )


def _model_logits(model: PreTrainedModel, inputs: Mapping[str, Tensor]) -> Tensor:
    scores: Tensor = model(**inputs).logits
    return scores
