"""Padding."""

from collections.abc import Sequence

import torch
from torch import Tensor


def pad(rows: Sequence[Sequence[int]], value: int) -> Tensor:
    """Fill short rows up at their end: ``(B, S)`` int64, S the longest row.

    Example:
        >>> pad([[5], [6, 7]], 1).tolist()
        [[5, 1], [6, 7]]
    """
    width = max(map(len, rows))
    return torch.tensor([[*row, *[value] * (width - len(row))] for row in rows], dtype=torch.int64)
