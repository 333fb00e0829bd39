"""Pipeline: from a config to results.

A cell is a chain of phases with one seed; here its rows are read, its phases trained or taken from the store,
and its languages scored. May import :mod:`xtl.evaluation`, :mod:`xtl.store`, :mod:`xtl.caching` and what
stands below them.
"""

from xtl.threads import let_idle_threads_sleep

let_idle_threads_sleep()  # here, since a cell that a launcher starts imports torch right after it
