"""Raw files to rows: one reader for each file format, none for a task."""

from xtl.readers.aligned import read_aligned
from xtl.readers.columns import read_columns
from xtl.readers.conllu import TaggedWords, read_conllu
from xtl.readers.lines import streamed_lines
from xtl.readers.parquet import read_parquet_tags
from xtl.readers.records import RECORD_FORMATS, Record, read_records, text_of
from xtl.readers.squad import Question, read_questions

__all__ = [
    "RECORD_FORMATS",
    "Question",
    "Record",
    "TaggedWords",
    "read_aligned",
    "read_columns",
    "read_conllu",
    "read_parquet_tags",
    "read_questions",
    "read_records",
    "streamed_lines",
    "text_of",
]
