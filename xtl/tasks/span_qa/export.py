"""Questions for other libraries: ``AutoModelForQuestionAnswering``."""

from collections.abc import Mapping

import torch
from torch import Tensor
from transformers import PreTrainedModel

from xtl.tasks.base import Task
from xtl.tasks.exported import HeadExport
from xtl.tasks.span_qa.module import SpanQA


def head_export(task: Task, module: SpanQA) -> HeadExport:
    """Head of a task of questions: one linear layer for starts and ends, which transformers has too.

    Args:
        task: Task of questions.
        module: Encoder and head.
    """

    def logits(ids_BS: Tensor, mask_BS: Tensor) -> Tensor:
        scores_BS2: Tensor = module.head(module.backbone(ids_BS, mask_BS))
        return scores_BS2

    return HeadExport(
        auto_class="AutoModelForQuestionAnswering",
        pipeline="question-answering",
        labels=task.labels,
        layouts=({"": "qa_outputs"},),
        logits=logits,
        model_logits=_model_logits,
        per_token=True,
    )


def _model_logits(model: PreTrainedModel, inputs: Mapping[str, Tensor]) -> Tensor:
    output = model(**inputs)
    return torch.stack([output.start_logits, output.end_logits], dim=-1)
