"""Files to examples, features to batches."""

from xtl.data.batching import LengthBatchSampler, evaluation_batches
from xtl.data.collate import TaggingCollator, pad
from xtl.data.local import LocalSource
from xtl.data.tagging import LocalTagging, PocketTagging, TaggingReader, TaggingSource

__all__ = [
    "LengthBatchSampler",
    "LocalSource",
    "LocalTagging",
    "PocketTagging",
    "TaggingCollator",
    "TaggingReader",
    "TaggingSource",
    "evaluation_batches",
    "pad",
]
