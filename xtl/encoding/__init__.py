"""Examples to features: pure functions of tokenizer output."""

from xtl.encoding.pairs import encode_pairs
from xtl.encoding.tagging import SpecialIds, encode_tagging, first_subword_targets, split_words

__all__ = ["SpecialIds", "encode_pairs", "encode_tagging", "first_subword_targets", "split_words"]
