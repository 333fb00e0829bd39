"""Which states of a batch are read behind the last block, where not all of them are.

A head reads the first token of a sentence, or that of each word, or those that are hidden. What comes behind
the attention of the last block is computed of each token by itself, so there the others are left out: nothing
that is read depends on them, nor does a gradient.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from xtl.models.kernels.layout import Layout, PartLayouts, chosen, numbers_of, scattered, spare_rows


class Rows(NamedTuple):
    """Rows of a part of a batch that are computed behind the attention of a block.

    Attributes:
        tokens: Number ``(R,)`` of each token of these rows, in the part; ``None``: all rows.
        slots: Place ``(R,)`` of each, among the places of the part; ``None``: all places.
        num_rows: Rows of the part, spare ones counted.
        spare: Rows behind the R ones in which no state counts, and every gradient is 0.
    """

    tokens: Tensor | None
    slots: Tensor | None
    num_rows: int
    spare: int

    @property
    def size(self) -> int:
        """Number R of these rows, spare ones not counted."""
        return self.num_rows - self.spare if self.tokens is None else len(self.tokens)

    def of(self, rows: Tensor) -> Tensor:
        """These rows ``(R + spare, ...)``, of all rows of the part."""
        return chosen(rows, self.tokens, spare=self.spare)

    def among_all(self, grads: Tensor) -> Tensor:
        """Gradients of all rows of the part, of gradients of these: the others' are 0."""
        return scattered(grads, self.tokens, self.num_rows)


def part_of(states_RH: Tensor, rows: Sequence[Rows], number: int) -> Tensor:
    """States of a part, with its spare rows, of those of all parts, one behind the other.

    Args:
        states_RH: States of all parts.
        rows: Rows of each part.
        number: Number of the part.
    """
    states, spare = torch.split(states_RH, [part.size for part in rows])[number], rows[number].spare
    return F.pad(states, (0, 0, 0, spare)) if spare else states


def joined(states: Sequence[Tensor], rows: Sequence[Rows]) -> Tensor:
    """States of all parts, one behind the other, of those of each with its spare rows.

    Args:
        states: States of each part.
        rows: Rows of each part.
    """
    counted = [part[: part_rows.size] for part, part_rows in zip(states, rows, strict=True)]
    return torch.cat(counted) if len(counted) > 1 else counted[0]


def all_rows(layout: Layout, num_tokens: int) -> Rows:
    """All rows of a part.

    Args:
        layout: Layout of the part.
        num_tokens: Tokens of it.
    """
    return Rows(None, layout.places, num_tokens + layout.spare, layout.spare)


class Reading(NamedTuple):
    """What is read of a batch behind the last block.

    Attributes:
        layout: Layout of the batch, with the places of the tokens that are read alone.
        rows: Rows of each part that are read.
    """

    layout: Layout
    rows: Sequence[Rows]


def reading_of(
    is_read_BS: Tensor | None, layout: Layout, parts: PartLayouts, dtype: torch.dtype
) -> Reading | None:
    """What is read of a batch behind the last block; ``None``: all of it, or nothing of one part.

    Args:
        is_read_BS: Whether the state of each place is read; ``None``: of each it is.
        layout: Layout of the batch.
        parts: Parts of the batch.
        dtype: Precision of products.

    Raises:
        ValueError: if it has another shape than the batch.

    Example:
        >>> from xtl.models.kernels.layout import whole
        >>> batch = whole(torch.tensor([[1, 1, 0], [1, 1, 1]]), torch.float32)
        >>> reading = reading_of(torch.tensor([[1, 0, 0], [1, 0, 1]]), *batch, torch.float32)
        >>> reading.rows[0].tokens, reading.layout.places
        (tensor([0, 2, 4]), tensor([0, 3, 5]))
    """
    if is_read_BS is None:
        return None
    if is_read_BS.shape != layout.shape:
        raise ValueError(
            f"is_read: expected the shape of the batch, {layout.shape}, got {tuple(is_read_BS.shape)}"
        )
    is_read = chosen(is_read_BS.flatten() != 0, layout.places)
    tokens_of = [numbers_of(is_here) for is_here in torch.split(is_read, list(parts.sizes))]
    sizes = [len(tokens) for tokens in tokens_of]
    if not all(sizes) or sum(sizes) == len(is_read):
        return None
    rows = [
        Rows(
            tokens=tokens,
            slots=tokens if part.places is None else part.places[tokens],
            num_rows=size + part.spare,
            spare=spare_rows(len(tokens), dtype),
        )
        for tokens, part, size in zip(tokens_of, parts.layouts, parts.sizes, strict=True)
    ]
    slots = numbers_of(is_read) if layout.places is None else layout.places[is_read]
    return Reading(layout._replace(places=slots), rows)
