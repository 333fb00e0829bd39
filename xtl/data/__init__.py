"""Files and the hub to examples, features to batches."""

from xtl.data.batching import LengthBatchSampler, StepBatchSampler, evaluation_batches
from xtl.data.cache import Counted, Units, cached, features_folder
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
from xtl.data.describe import labels_in, length_of, numbers_in, repeated, texts_of
from xtl.data.hub import HubRows, HubTable
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
from xtl.data.rows import Flaw, Reader, Rows, read_file
from xtl.data.sentences import MiningReader, ParallelReader
from xtl.data.source import LocalFiles, PocketRows, Source, Usable
from xtl.data.spans import SpanReader, sift_spans
from xtl.data.subsets import choose_rows, ids_digest, number_of_rows
from xtl.data.tagging import TaggingReader, labels_of
from xtl.data.text import TextReader

__all__ = [
    "ChoiceCollator",
    "ChoiceReader",
    "Counted",
    "Flaw",
    "HubRows",
    "HubTable",
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
    "Rows",
    "SentenceCollator",
    "Source",
    "SpanCollator",
    "SpanReader",
    "StepBatchSampler",
    "TaggingCollator",
    "TaggingReader",
    "TextCollator",
    "TextReader",
    "Units",
    "Usable",
    "cached",
    "choose_rows",
    "counts",
    "evaluation_batches",
    "features_folder",
    "guess_format",
    "ids_digest",
    "labels_in",
    "labels_of",
    "length_of",
    "number_of_rows",
    "numbers_in",
    "pad",
    "read_file",
    "read_raw",
    "repeated",
    "shares",
    "sift_choices",
    "sift_spans",
    "texts_of",
    "updates_of_an_epoch",
]
