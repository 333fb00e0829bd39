"""Inspection: a look at data without training.

What is on this machine, what is wrong with it, and tokenising ahead. May import :mod:`xtl.caching`,
:mod:`xtl.tasks`, :mod:`xtl.config` and what stands below them.
"""
