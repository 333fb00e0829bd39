"""Caches: what the cells of one process share.

The pretrained encoder, put back before each cell; splits as they were read and features, both in memory
and on disk. Nothing here changes a number. May import :mod:`xtl.tasks` and what stands below it.
"""
