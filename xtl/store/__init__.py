"""Store: finished phases under the hash of all that decides their weights.

The key, the store on disk with its locks and checksums, and the weights in an entry. May import
:mod:`xtl.training`, :mod:`xtl.tasks` and what stands below them.
"""
