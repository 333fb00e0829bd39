"""CCGbank's ``.auto`` files (LDC2005T13): the words and categories at the leaves of derivations."""

import re
from collections.abc import Iterator
from pathlib import Path

from xtl.errors import DataFormatError
from xtl.readers.conllu import TaggedWords
from xtl.readers.lines import numbered_lines

_LEAF = re.compile(r"\(<L ([^ >]+) [^ >]+ [^ >]+ ([^ ]+) [^ ]+>\)")
"""Category, two parts of speech, word, category with indices: ``(<L NP/N DT DT the NP_1/N_1>)``."""


_BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LCB-": "{", "-RCB-": "}", "-LSB-": "[", "-RSB-": "]"}


def read_ccgbank(path: Path) -> Iterator[TaggedWords]:
    """Read words and supertags.

    Args:
        path: File of derivations (``.auto``).

    Yields:
        The words and categories of each derivation, in file order; brackets as they are written in text.

    Raises:
        DataNotFoundError: if the file is not there.
        DataFormatError: if a line is neither a heading (``ID=``) nor a derivation, or there is none.
    """
    empty = True
    for number, line in numbered_lines(path):
        if not line.strip() or line.startswith("ID="):
            continue
        leaves = _LEAF.findall(line)
        # A leaf that the pattern does not match would be lost in silence, so leaves are counted too.
        if not leaves or len(leaves) != line.count("(<L "):
            raise DataFormatError(
                f"{path}:{number}: expected a derivation with leaves such as "
                f"'(<L NP/N DT DT the NP_1/N_1>)', got {line[:60]!r}"
            )
        empty = False
        yield tuple(_BRACKETS.get(word, word) for _, word in leaves), tuple(tag for tag, _ in leaves)
    if empty:
        raise DataFormatError(f"{path}: expected at least one derivation, got none; fetch or unpack it again")
