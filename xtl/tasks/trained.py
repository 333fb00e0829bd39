"""A trained module with what is needed to use it."""

from dataclasses import dataclass

from transformers import PreTrainedTokenizerBase

from xtl.modules.base import XtlModule
from xtl.tasks.base import Task


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainedTask:
    """A module with its task and tokenizer.

    Attributes:
        task: Task that encodes examples and scores predictions.
        module: Encoder and head.
        tokenizer: Tokenizer of the encoder.
    """

    task: Task
    module: XtlModule
    tokenizer: PreTrainedTokenizerBase
