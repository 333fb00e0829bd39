"""Files and the hub to examples, features to batches."""

from xtl.data.batching import LengthBatchSampler, StepBatchSampler, evaluation_batches
from xtl.data.choices import ChoiceReader, sift_choices
from xtl.data.collate import (
    ChoiceCollator,
    PairCollator,
    SentenceCollator,
    SpanCollator,
    TaggingCollator,
    pad,
)
from xtl.data.hub import HubRows, HubTable
from xtl.data.local import LocalSource
from xtl.data.pairs import PairReader
from xtl.data.rows import Flaw, Reader, Rows, read_file
from xtl.data.sentences import MiningReader, ParallelReader
from xtl.data.source import LocalFiles, PocketRows, Source, Usable
from xtl.data.spans import SpanReader, sift_spans
from xtl.data.subsets import choose_rows, ids_digest, number_of_rows
from xtl.data.tagging import TaggingReader, labels_of

__all__ = [
    "ChoiceCollator",
    "ChoiceReader",
    "Flaw",
    "HubRows",
    "HubTable",
    "LengthBatchSampler",
    "LocalFiles",
    "LocalSource",
    "MiningReader",
    "PairCollator",
    "PairReader",
    "ParallelReader",
    "PocketRows",
    "Reader",
    "Rows",
    "SentenceCollator",
    "Source",
    "SpanCollator",
    "SpanReader",
    "StepBatchSampler",
    "TaggingCollator",
    "TaggingReader",
    "Usable",
    "choose_rows",
    "evaluation_batches",
    "ids_digest",
    "labels_of",
    "number_of_rows",
    "pad",
    "read_file",
    "sift_choices",
    "sift_spans",
]
