"""One small LightningModule for each family of tasks, around a shared backbone: built parts, no config."""

from xtl.modules.base import XtlModule
from xtl.modules.classification import SentenceHead, SequenceClassification
from xtl.modules.masked_lm import LanguageHead, MaskedLM
from xtl.modules.masking import mask_by_uid, mask_tokens
from xtl.modules.multi_task import MultiTask
from xtl.modules.multiple_choice import MultipleChoice
from xtl.modules.optim import AdamWLinear, linear_factor
from xtl.modules.retrieval_accuracy import RetrievalAccuracy
from xtl.modules.sentence_encoder import Embedding, SentenceEncoder, layer_index
from xtl.modules.span_qa import SpanQA
from xtl.modules.tagging import TokenTagging

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
    "mask_by_uid",
    "mask_tokens",
]
