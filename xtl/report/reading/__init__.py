"""What a report reads: scores that count, what was left out, gaps of the design, and rules written before.

Everything that a reader must know of the input is a line of text here, and what is damaged stops nothing but
itself. May import what :mod:`xtl.report` may.
"""

from xtl.report.reading.design import design_notes
from xtl.report.reading.rules import family_note, rules_of
from xtl.report.reading.scores import Scores, read_alike, read_scores
from xtl.report.reading.unrecorded import unrecorded_between

__all__ = [
    "Scores",
    "design_notes",
    "family_note",
    "read_alike",
    "read_scores",
    "rules_of",
    "unrecorded_between",
]
