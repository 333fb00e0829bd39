"""Evaluation: predictions of every language first, scores from their files.

Scoring with the chosen weights, with those of other selections, and scoring a saved run again. May import
:mod:`xtl.runs`, :mod:`xtl.caching` and what stands below them.
"""
