"""Records with a list of tokens and a list of tags to tagged words."""

from collections.abc import Callable
from math import isnan
from typing import Any

from xtl.errors import DataFormatError
from xtl.readers.conllu import TaggedWords
from xtl.readers.records import Record, value_of
from xtl.readers.values import label_text

WORD_COLUMNS = "tokens|words"


TAG_COLUMNS = "tags|ner_tags|pos_tags|upos"


def tagged_record(where: str, tagged: TaggedWords) -> Record:
    """Make a record of the words and tags of a sentence.

    Args:
        where: Place that an error names, such as file and line.
        tagged: Words and tags, as many.
    """
    words, tags = tagged
    return where, {"tokens": list(words), "tags": list(tags)}


def tagged_words(record: Record) -> TaggedWords:
    """Read a column of tokens and one of tags.

    Args:
        record: Where the sentence stands, for messages, and its columns.

    Returns:
        Words and tags. A tag that is a number stays one, written as a text: what it means is for the task
        to say.

    Raises:
        DataFormatError: if a column is missing or of another type, the numbers of words and tags differ, or
            one is empty.
    """
    where = record[0]
    words = _column(record, WORD_COLUMNS, lambda value: isinstance(value, str))
    tags = [
        (label_text(tag) or None) if isinstance(tag, float) else tag
        for tag in _column(record, TAG_COLUMNS, _is_tag)
    ]
    if len(words) != len(tags):
        raise DataFormatError(
            f"{where}: expected one tag a word, got {len(words)} words and {len(tags)} tags"
        )
    if not all(words) or None in tags:
        raise DataFormatError(
            f"{where}: expected a word and a tag at each place, got {sum(not word for word in words)} empty "
            f"words and {tags.count(None)} empty tags"
        )
    return tuple(words), tuple(str(tag) for tag in tags)


def _is_tag(value: object) -> bool:
    # A column with empty cells comes as floats: 1.0 is tag 1, and NaN an empty cell.
    return isinstance(value, str | int) or (isinstance(value, float) and (value.is_integer() or isnan(value)))


def _column(record: Record, names: str, accepts: Callable[[object], bool]) -> list[Any]:
    values = value_of(record, names)
    if values is None:
        return []
    if not isinstance(values, list) or not all(value is None or accepts(value) for value in values):
        raise DataFormatError(
            f"{record[0]}: column '{names}': expected a list a row, of words or of tags (names or whole "
            f"numbers), got {str(values)[:60]!r}"
        )
    return values
