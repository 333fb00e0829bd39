"""Files to examples, features to batches."""

from xtl.data.batching import LengthBatchSampler, StepBatchSampler, evaluation_batches
from xtl.data.cache import Counted, cached, features_folder
from xtl.data.choices import ChoiceReader, sift_choices
from xtl.data.collate import (
    ChoiceCollator,
    PairCollator,
    SentenceCollator,
    SpanCollator,
    TaggingCollator,
    TextCollator,
    pad,
)
from xtl.data.local import LocalSource
from xtl.data.mixing import Mixing, MixtureCollator, MixtureStream, counts, shares, updates_of_an_epoch
from xtl.data.pairs import PairReader
from xtl.data.raw import (
    Place,
    RawChoices,
    RawPairs,
    RawQuestions,
    RawReader,
    RawSentences,
    RawTexts,
    guess_format,
    read_raw,
)
from xtl.data.sentences import MiningReader, ParallelReader
from xtl.data.source import Flaw, LocalFiles, PocketRows, Reader, Source, Usable
from xtl.data.spans import SpanReader, sift_spans
from xtl.data.subsets import choose_rows, ids_digest, number_of_rows
from xtl.data.tagging import TaggingReader
from xtl.data.text import TextReader

__all__ = [
    "ChoiceCollator",
    "ChoiceReader",
    "Counted",
    "Flaw",
    "LengthBatchSampler",
    "LocalFiles",
    "LocalSource",
    "MiningReader",
    "Mixing",
    "MixtureCollator",
    "MixtureStream",
    "PairCollator",
    "PairReader",
    "ParallelReader",
    "Place",
    "PocketRows",
    "RawChoices",
    "RawPairs",
    "RawQuestions",
    "RawReader",
    "RawSentences",
    "RawTexts",
    "Reader",
    "SentenceCollator",
    "Source",
    "SpanCollator",
    "SpanReader",
    "StepBatchSampler",
    "TaggingCollator",
    "TaggingReader",
    "TextCollator",
    "TextReader",
    "Usable",
    "cached",
    "choose_rows",
    "counts",
    "evaluation_batches",
    "features_folder",
    "guess_format",
    "ids_digest",
    "number_of_rows",
    "pad",
    "read_raw",
    "shares",
    "sift_choices",
    "sift_spans",
    "updates_of_an_epoch",
]
