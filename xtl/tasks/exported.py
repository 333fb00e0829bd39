"""What a task type gives to other libraries: its head as classes of transformers hold it, or its vectors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor
from transformers import PreTrainedModel

ENCODER = "{encoder}"
"""Name of a model's encoder, in a layout: transformers calls it ``roberta``, ``bert`` and so on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadExport:
    """A head for classes of transformers that compute the same function of the same encoder.

    Attributes:
        auto_class: Class that loads the folder, such as ``AutoModelForTokenClassification``.
        pipeline: Task of transformers' pipelines and of the hub, such as ``token-classification``.
        labels: Names of the model's outputs, in order; empty: it has no ``id2label`` of its own.
        settings: Values of the model's config beside the encoder's own.
        layouts: Places of the head's layers in the model, one for each shape of head that transformers has:
            name of the layer here (empty: the head itself) to its name there. The first that fits is taken.
        logits: Function of ids and mask, ``(B, S)``, that gives the module's scores.
        model_logits: Function of the model and its inputs by name, ids and mask among them, that gives the
            same scores.
        per_token: Whether there are scores for each token, of which those of padding mean nothing.
        reads_special_tokens: Whether a text may spell special tokens, such as ``<mask>``.
    """

    auto_class: str
    pipeline: str
    labels: Sequence[str]
    layouts: Sequence[Mapping[str, str]]
    logits: Callable[[Tensor, Tensor], Tensor]
    model_logits: Callable[[PreTrainedModel, Mapping[str, Tensor]], Tensor]
    settings: Mapping[str, Any] = field(default_factory=dict)
    per_token: bool = False
    reads_special_tokens: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class VectorExport:
    """A way to make vectors of sentences.

    Attributes:
        layer: Layer whose states are pooled; 0 is the embedding layer.
        pooling: Way of pooling, ``mean`` or ``cls``.
        special_tokens: Whether a mean is over special tokens too.
        prefix: Text in front of each sentence.
        pipeline: Task of the hub.
    """

    layer: int
    pooling: str
    special_tokens: bool
    prefix: str
    pipeline: str = "sentence-similarity"
