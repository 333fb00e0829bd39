"""Files to examples, features to batches."""

from xtl.data.batching import LengthBatchSampler, StepBatchSampler, evaluation_batches
from xtl.data.collate import PairCollator, TaggingCollator, pad
from xtl.data.local import LocalSource
from xtl.data.pairs import PairReader
from xtl.data.source import LocalFiles, PocketRows, Reader, Source, Usable
from xtl.data.subsets import MIXES, choose_rows, ids_digest, number_of_rows
from xtl.data.tagging import TaggingReader

__all__ = [
    "MIXES",
    "LengthBatchSampler",
    "LocalFiles",
    "LocalSource",
    "PairCollator",
    "PairReader",
    "PocketRows",
    "Reader",
    "Source",
    "StepBatchSampler",
    "TaggingCollator",
    "TaggingReader",
    "Usable",
    "choose_rows",
    "evaluation_batches",
    "ids_digest",
    "number_of_rows",
    "pad",
]
