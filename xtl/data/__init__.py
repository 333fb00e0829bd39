"""Files to examples, features to batches."""

from xtl.data.batching import LengthBatchSampler, evaluation_batches
from xtl.data.collate import TaggingCollator, pad
from xtl.data.local import LocalSource
from xtl.data.source import LocalFiles, PocketRows, Reader, Source
from xtl.data.tagging import TaggingReader

__all__ = [
    "LengthBatchSampler",
    "LocalFiles",
    "LocalSource",
    "PocketRows",
    "Reader",
    "Source",
    "TaggingCollator",
    "TaggingReader",
    "evaluation_batches",
    "pad",
]
