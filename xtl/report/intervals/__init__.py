"""Intervals of scores: over seeds, and over examples from the counts that evaluation leaves in a run.

Counts are read once and drawn anew language by language; what has none, as runs of older versions, is told
and reported without.
"""
