"""Multiple choice for other libraries: ``AutoModelForMultipleChoice``."""

from collections.abc import Mapping

from torch import Tensor
from transformers import PreTrainedModel

from xtl.models import pooled
from xtl.tasks.base import Task
from xtl.tasks.exported import ENCODER, HeadExport
from xtl.tasks.multiple_choice.module import MultipleChoice

LAYOUTS = (
    {"dense": f"{ENCODER}.pooler.dense", "out": "classifier"},  # XLM-R, RoBERTa, BERT
    {"dense": "pooler.dense", "out": "classifier"},  # DeBERTa
)


def head_export(task: Task, module: MultipleChoice) -> HeadExport:  # noqa: ARG001  options have no names
    """Head of a multiple-choice task: pooler and classifier, as transformers has them in all encoders.

    Args:
        task: Task of questions with options.
        module: Encoder and head.
    """

    def logits(ids_BS: Tensor, mask_BS: Tensor) -> Tensor:
        scores_B1: Tensor = module.head(pooled(module.backbone(ids_BS, mask_BS), mask_BS, "cls"))
        return scores_B1

    return HeadExport(
        auto_class="AutoModelForMultipleChoice",
        pipeline="multiple-choice",
        labels=(),
        layouts=LAYOUTS,
        logits=logits,
        model_logits=_model_logits,
    )


def _model_logits(model: PreTrainedModel, inputs: Mapping[str, Tensor]) -> Tensor:
    # Questions of one option each: the score of an option does not depend on the others.
    scores_B1: Tensor = model(**{name: value_BS.unsqueeze(1) for name, value_BS in inputs.items()}).logits
    return scores_B1
