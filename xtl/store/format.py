"""The format of the store, for whoever compares it and needs nothing else."""

FORMAT_VERSION = 6
"""Version of what decides the weights; another one gives other keys."""
