"""Words the whole package shares: what an example is, what a feature is, what a batch is.

Shape letters, used as suffixes of tensor names everywhere in ``xtl``:
    B  pieces or examples in the batch   S  sub-word positions     H  hidden size
    T  tag labels                        C  classes                L  words in a sentence
    V  entries of the vocabulary         A  entries in use (the active vocabulary)
"""

from xtl.errors import renamed_names
from xtl.types.aligned import BitextMiningExample, RetrievalExample
from xtl.types.base import Example, ExampleId
from xtl.types.examples import (
    Answer,
    ClassificationExample,
    MaskedLMExample,
    MultipleChoiceExample,
    SpanQAExample,
    TaggingExample,
)
from xtl.types.names import (
    ANSWER_RULES,
    BITEXT_MINING_METRICS,
    CLASSIFICATION_METRICS,
    IGNORE,
    MLQA_LANGUAGES,
    POOLINGS,
    RAW_FORMATS,
    REGRESSION_METRICS,
    SAMPLINGS,
    SPAN_QA_METRICS,
    SPLITS,
    TAGGING_METRICS,
    TUNINGS,
    SplitName,
)

__all__ = [
    "ANSWER_RULES",
    "BITEXT_MINING_METRICS",
    "CLASSIFICATION_METRICS",
    "IGNORE",
    "MLQA_LANGUAGES",
    "POOLINGS",
    "RAW_FORMATS",
    "REGRESSION_METRICS",
    "SAMPLINGS",
    "SPAN_QA_METRICS",
    "SPLITS",
    "TAGGING_METRICS",
    "TUNINGS",
    "Answer",
    "BitextMiningExample",
    "ClassificationExample",
    "Example",
    "ExampleId",
    "MaskedLMExample",
    "MultipleChoiceExample",
    "RetrievalExample",
    "SpanQAExample",
    "SplitName",
    "TaggingExample",
]

__getattr__ = renamed_names(
    __name__,
    {
        "ChoiceExample": "MultipleChoiceExample",
        "MiningExample": "BitextMiningExample",
        "PairExample": "ClassificationExample",
        "ParallelExample": "RetrievalExample",
        "SpanExample": "SpanQAExample",
        "TextExample": "MaskedLMExample",
    },
    after="0.1.0",
)
