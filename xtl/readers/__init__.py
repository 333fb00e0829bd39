"""Raw files to rows: one reader for each file format, none for a task.

A reader takes a path and yields rows with the place where each stands, so that every error names a file and a
line. What a column means is for the tasks to say. May import errors, types and languages; no task, model or
config.
"""

from xtl.readers.aligned import read_aligned
from xtl.readers.ccgbank import read_ccgbank
from xtl.readers.class_names import class_names, with_names
from xtl.readers.columns import read_columns
from xtl.readers.conllu import TaggedWords, read_conllu, read_supertags
from xtl.readers.counting import COUNTED_FORMATS, count_rows
from xtl.readers.lines import streamed_lines
from xtl.readers.records import (
    ABSENT,
    MISSING_LABELS,
    MISSING_SCORES,
    RECORD_FORMATS,
    Record,
    lookup,
    plain_rows,
    read_records,
    text_of,
    value_of,
)
from xtl.readers.squad import Question, question_of, read_squad
from xtl.readers.tagged import tagged_record, tagged_words
from xtl.readers.values import is_missing, label_text

__all__ = [
    "ABSENT",
    "COUNTED_FORMATS",
    "MISSING_LABELS",
    "MISSING_SCORES",
    "RECORD_FORMATS",
    "Question",
    "Record",
    "TaggedWords",
    "class_names",
    "count_rows",
    "is_missing",
    "label_text",
    "lookup",
    "plain_rows",
    "question_of",
    "read_aligned",
    "read_ccgbank",
    "read_columns",
    "read_conllu",
    "read_records",
    "read_squad",
    "read_supertags",
    "streamed_lines",
    "tagged_record",
    "tagged_words",
    "text_of",
    "value_of",
    "with_names",
]
