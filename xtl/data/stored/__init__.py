"""Rows on disk: Arrow files that are mapped into memory, so that memory does not grow with the data.

A record class (a dataclass of examples, a ``TypedDict`` of features) says by its annotations which columns
its file has; a row is made into an object when it is asked for. May import pyarrow and :mod:`xtl.atomic`.
"""

from xtl.data.stored.features import FeatureList, FeatureSet, JoinedFeatures, as_features, inputs_of, joined
from xtl.data.stored.files import StoredRows, open_rows, write_rows
from xtl.data.stored.layout import Layout, UnstorableError
from xtl.data.stored.stored_features import StoredFeatures

__all__ = [
    "FeatureList",
    "FeatureSet",
    "JoinedFeatures",
    "Layout",
    "StoredFeatures",
    "StoredRows",
    "UnstorableError",
    "as_features",
    "inputs_of",
    "joined",
    "open_rows",
    "write_rows",
]
