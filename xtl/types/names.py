"""Names and numbers that every stage uses."""

from typing import Literal

IGNORE = -100
"""Target of positions that have no label; what ``torch.nn.functional.cross_entropy`` leaves out."""

Split = Literal["train", "validation", "test"]
"""The three splits, as they are spelled in file names and in results."""

SPLITS: tuple[Split, ...] = ("train", "validation", "test")

TAGGING_SCORES = ("accuracy", "f1", "f1_strict")
"""Scores of tag sequences, as configs and results name them: share of right words; lenient span F1, which is
XTREME's; IOB2 span F1."""
