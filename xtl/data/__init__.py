"""Files to examples, features to batches."""

from xtl.data.batching import LengthBatchSampler, StepBatchSampler, evaluation_batches
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
from xtl.data.sentences import MiningReader, ParallelReader
from xtl.data.source import Flaw, LocalFiles, PocketRows, Reader, Source, Usable
from xtl.data.spans import SpanReader, sift_spans
from xtl.data.subsets import choose_rows, ids_digest, number_of_rows
from xtl.data.tagging import TaggingReader
from xtl.data.text import TextReader

__all__ = [
    "ChoiceCollator",
    "ChoiceReader",
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
    "PocketRows",
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
    "choose_rows",
    "counts",
    "evaluation_batches",
    "ids_digest",
    "number_of_rows",
    "pad",
    "shares",
    "sift_choices",
    "sift_spans",
    "updates_of_an_epoch",
]
