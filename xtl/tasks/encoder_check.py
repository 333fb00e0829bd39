"""Whether an encoder can do a task."""

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
        if backbone.is_causal and part.reads_first_token:
            raise BackboneError(
                f"task '{part.name}': expected an encoder whose tokens all see the whole text, got a "
                "decoder: its first token, which stands for the text here, sees nothing but itself; use "
                "an encoder such as XLM-R, or pooling=mean where the task has it"
            )
