"""Whether an encoder can do a task."""

import torch
from transformers import MODEL_FOR_MASKED_LM_MAPPING

from xtl.errors import BackboneError
from xtl.models import HFBackbone
from xtl.tasks.base import Task


def check_encoder(task: Task, backbone: HFBackbone) -> None:
    """Refuse an encoder that cannot do a task, before anything is encoded for it.

    Args:
        task: Task, or mixture of tasks.
        backbone: Encoder.

    Raises:
        BackboneError: if inputs are longer than its positions, or are read at their first token, whose state
            knows nothing of the text.
    """
    for part in task.parts.values():
        backbone.check_length(part.config.max_len, f"{part.name}.max_len: inputs")
        if part.reads_first_token and not first_token_reads(backbone):
            raise BackboneError(
                f"task '{part.name}': expected an encoder whose tokens all see the whole text, got a "
                "decoder: its first token, which stands for the text here, sees nothing but itself; use "
                "an encoder such as XLM-R, or the mean (target.pooling=mean, intermediate.pooling=mean) "
                "where the task has it"
            )


def first_token_reads(backbone: HFBackbone) -> bool:
    """Whether the state of the first token depends on those behind it, as in decoders it does not.

    Args:
        backbone: Encoder; of one without an output layer for hidden tokens, two short inputs are computed.
    """
    encoder = backbone.encoder
    if type(encoder.config) in MODEL_FOR_MASKED_LM_MAPPING:
        return True
    mask = torch.ones(1, 3, dtype=torch.int64, device=encoder.device)
    was_training = backbone.training
    backbone.eval()
    try:
        with torch.no_grad():
            inputs = (mask.new_tensor([[0, 1, last]]) for last in (2, 3))
            first, second = (backbone(ids, mask)[0, 0] for ids in inputs)
    finally:
        backbone.train(was_training)
    return not torch.equal(first, second)
