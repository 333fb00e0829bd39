"""Words the whole package shares: what an example is, what a feature is, what a batch is.

Shape letters, used as suffixes of tensor names everywhere in ``xtl``:
    B  pieces or examples in the batch   S  sub-word positions     H  hidden size
    T  tag labels                        C  classes                L  words in a sentence
    V  entries of the vocabulary         A  entries in use (the active vocabulary)
"""

from xtl.types.choices import ChoiceBatch, ChoiceFeature, ChoiceRow
from xtl.types.examples import (
    Answer,
    ChoiceExample,
    Example,
    MiningExample,
    PairExample,
    ParallelExample,
    SpanExample,
    TaggingExample,
    TextExample,
)
from xtl.types.mixed import MixedBatch, MixedExample, MixedFeature, MixedRow
from xtl.types.names import (
    ANSWER_RULES,
    ANSWER_SCORES,
    CLASS_SCORES,
    IGNORE,
    INDEXES,
    MINING_SCORES,
    MIXES,
    MIXTURES,
    MLQA_LANGUAGES,
    NUMBER_SCORES,
    POOLINGS,
    RAW_FORMATS,
    RETRIEVAL_SCORES,
    SPLITS,
    TAGGING_SCORES,
    TUNINGS,
    UNSEEN,
    Split,
)
from xtl.types.pairs import PairBatch, PairFeature, PairPrediction
from xtl.types.sentences import SentenceBatch, SentenceFeature, SentenceRow, SentenceVector
from xtl.types.spans import Candidate, SpanBatch, SpanFeature, SpanPrediction
from xtl.types.tagging import TaggingBatch, TaggingFeature, TagPiece
from xtl.types.text import PackIds, TextBatch, TextFeature, TextPrediction

__all__ = [
    "ANSWER_RULES",
    "ANSWER_SCORES",
    "CLASS_SCORES",
    "IGNORE",
    "INDEXES",
    "MINING_SCORES",
    "MIXES",
    "MIXTURES",
    "MLQA_LANGUAGES",
    "NUMBER_SCORES",
    "POOLINGS",
    "RAW_FORMATS",
    "RETRIEVAL_SCORES",
    "SPLITS",
    "TAGGING_SCORES",
    "TUNINGS",
    "UNSEEN",
    "Answer",
    "Candidate",
    "ChoiceBatch",
    "ChoiceExample",
    "ChoiceFeature",
    "ChoiceRow",
    "Example",
    "MiningExample",
    "MixedBatch",
    "MixedExample",
    "MixedFeature",
    "MixedRow",
    "PackIds",
    "PairBatch",
    "PairExample",
    "PairFeature",
    "PairPrediction",
    "ParallelExample",
    "SentenceBatch",
    "SentenceFeature",
    "SentenceRow",
    "SentenceVector",
    "SpanBatch",
    "SpanExample",
    "SpanFeature",
    "SpanPrediction",
    "Split",
    "TagPiece",
    "TaggingBatch",
    "TaggingExample",
    "TaggingFeature",
    "TextBatch",
    "TextExample",
    "TextFeature",
    "TextPrediction",
]
