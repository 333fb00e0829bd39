"""Raw files to tagged words: one reader for each file format, none for a task."""

from xtl.readers.columns import read_columns
from xtl.readers.conllu import TaggedWords, read_conllu
from xtl.readers.parquet import read_parquet_tags

__all__ = ["TaggedWords", "read_columns", "read_conllu", "read_parquet_tags"]
