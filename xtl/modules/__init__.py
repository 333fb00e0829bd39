"""One small LightningModule for each family of tasks, around a shared backbone: built parts, no config."""

from xtl.modules.base import XtlModule
from xtl.modules.classification import SentenceHead, SequenceClassification
from xtl.modules.optim import AdamWLinear, linear_factor
from xtl.modules.span_qa import SpanQA
from xtl.modules.tagging import TokenTagging

__all__ = [
    "AdamWLinear",
    "SentenceHead",
    "SequenceClassification",
    "SpanQA",
    "TokenTagging",
    "XtlModule",
    "linear_factor",
]
