"""Masked language modelling for other libraries: ``AutoModelForMaskedLM``."""

from collections.abc import Mapping

from torch import Tensor
from transformers import PreTrainedModel

from xtl.tasks.base import Task
from xtl.tasks.exported import HeadExport
from xtl.tasks.masked_lm.module import MaskedLM

LAYOUTS = (
    {"dense": "lm_head.dense", "norm": "lm_head.layer_norm", "": "lm_head"},  # RoBERTa, XLM-R
    {
        "dense": "cls.predictions.transform.dense",
        "norm": "cls.predictions.transform.LayerNorm",
        "": "cls.predictions",
    },  # BERT
)


def head_export(task: Task, module: MaskedLM) -> HeadExport:  # noqa: ARG001  tokens are the tokenizer's
    """Head of a task of raw text: that of RoBERTa, tied to the encoder's table.

    Args:
        task: Task of raw text.
        module: Encoder and head.
    """

    def logits(ids_BS: Tensor, mask_BS: Tensor) -> Tensor:
        table_VH = module.backbone.encoder.get_input_embeddings().weight
        scores_BSV: Tensor = module.head(module.backbone(ids_BS, mask_BS), table_VH)
        return scores_BSV

    return HeadExport(
        auto_class="AutoModelForMaskedLM",
        pipeline="fill-mask",
        labels=(),
        settings={"tie_word_embeddings": True},
        layouts=LAYOUTS,
        logits=logits,
        model_logits=_model_logits,
        per_token=True,
        reads_special_tokens=True,
    )


def _model_logits(model: PreTrainedModel, inputs: Mapping[str, Tensor]) -> Tensor:
    scores: Tensor = model(**inputs).logits
    return scores
