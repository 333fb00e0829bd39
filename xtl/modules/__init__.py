"""Modules: what every LightningModule of xtl shares, and the door through which other projects import them.

The base with its steps, the optimiser, inference. The module of a task type stands in its folder and is
loaded here by name when it is asked for: ``from xtl.modules import TokenTagging``. May import
:mod:`xtl.models`, :mod:`xtl.metrics` and what stands below them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from xtl.errors import renamed_names
from xtl.modules.base import XtlModule
from xtl.modules.heads import SentenceHead
from xtl.modules.optim import AdamWLinear, linear_factor

if TYPE_CHECKING:
    from xtl.tasks.classification.module import SequenceClassification
    from xtl.tasks.masked_lm.masking import mask_by_name, mask_tokens
    from xtl.tasks.masked_lm.module import LanguageHead, MaskedLM
    from xtl.tasks.mixture.module import MultiTask
    from xtl.tasks.multiple_choice.module import MultipleChoice
    from xtl.tasks.retrieval.module import Embedding, SentenceEncoder, layer_index
    from xtl.tasks.retrieval.retrieval_accuracy import RetrievalAccuracy
    from xtl.tasks.span_qa.module import SpanQA
    from xtl.tasks.tagging.module import TokenTagging

__all__ = [
    "AdamWLinear",
    "Embedding",
    "LanguageHead",
    "MaskedLM",
    "MultiTask",
    "MultipleChoice",
    "RetrievalAccuracy",
    "SentenceEncoder",
    "SentenceHead",
    "SequenceClassification",
    "SpanQA",
    "TokenTagging",
    "XtlModule",
    "layer_index",
    "linear_factor",
    "mask_by_name",
    "mask_tokens",
]

_HOME = {
    "classification.module": ("SequenceClassification",),
    "masked_lm.masking": ("mask_by_name", "mask_tokens"),
    "masked_lm.module": ("LanguageHead", "MaskedLM"),
    "mixture.module": ("MultiTask",),
    "multiple_choice.module": ("MultipleChoice",),
    "retrieval.module": ("Embedding", "SentenceEncoder", "layer_index"),
    "retrieval.retrieval_accuracy": ("RetrievalAccuracy",),
    "span_qa.module": ("SpanQA",),
    "tagging.module": ("TokenTagging",),
}
"""Where in :mod:`xtl.tasks` each public name stands."""
_renamed = renamed_names(__name__, {"mask_by_uid": "mask_by_name"}, after="0.1.0", frames=3)
_MODULE_OF = {name: f"xtl.tasks.{module}" for module, names in _HOME.items() for name in names}


def __getattr__(name: str) -> object:
    """Public name of a task type's folder, imported on first access so that no layer is broken."""
    if name in _MODULE_OF:
        return getattr(import_module(_MODULE_OF[name]), name)
    return _renamed(name)


def __dir__() -> list[str]:
    """Public names, those that are not loaded yet among them."""
    return list(__all__)
