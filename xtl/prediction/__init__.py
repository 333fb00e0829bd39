"""Prediction: raw text in, one record a line out, with a finished run.

May import :mod:`xtl.evaluation`, :mod:`xtl.runs` and what stands below them.
"""
