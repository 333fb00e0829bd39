"""Examples to features: pure functions of tokenizer output.

One file for each shape of input: tagged words, pairs of texts, windows over a context, blocks of raw text.
The tokenizer itself stays outside: ids and offsets come in, so a test needs no vocabulary. May import types
alone.
"""

from xtl.encoding.pairs import encode_pairs
from xtl.encoding.spans import PairSpecialIds, WindowSizes, encode_span, located
from xtl.encoding.tagging import SpecialIds, encode_tagging, first_subword_targets, split_words
from xtl.encoding.text import pack_lines

__all__ = [
    "PairSpecialIds",
    "SpecialIds",
    "WindowSizes",
    "encode_pairs",
    "encode_span",
    "encode_tagging",
    "first_subword_targets",
    "located",
    "pack_lines",
    "split_words",
]
