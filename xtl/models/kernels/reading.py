"""Which states of a batch are read behind the last block, where not all of them are.

A head reads the first token of a sentence, or that of each word, or those that are hidden. What comes behind
the attention of the last block is computed of each token by itself, so there the others are left out: nothing
that is read depends on them, nor does a gradient.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from xtl.models.kernels.layout import Layout, PartLayouts, chosen, numbers_of, spare_rows


class ReadRows(NamedTuple):
    """Rows of a part of a batch whose states behind the last block are read.

    Attributes:
        tokens: Number ``(R,)`` of each token that is read, in the part.
        slots: Place ``(R,)`` of each, among the places of the part.
        num_rows: Rows of the part, spare ones counted.
        spare: Rows behind the R ones in which no state counts.
    """

    tokens: Tensor
    slots: Tensor
    num_rows: int
    spare: int

    def of(self, rows: Tensor) -> Tensor:
        """Rows ``(R + spare, ...)`` that are read, of all rows of the part."""
        return chosen(rows, self.tokens, spare=self.spare)

    def among_all(self, grads_RH: Tensor) -> Tensor:
        """Gradients of all rows of the part, of those that are read: the others' are 0."""
        grads = grads_RH.new_zeros((self.num_rows, grads_RH.shape[1]))
        return grads.index_copy_(0, self.tokens, grads_RH[: len(self.tokens)])


class Reading(NamedTuple):
    """What is read of a batch behind the last block.

    Attributes:
        layout: Layout of the tokens that are read.
        parts: These tokens, part by part.
        rows: Rows of each part that are read.
    """

    layout: Layout
    parts: PartLayouts
    rows: Sequence[ReadRows]


def reading_of(
    is_read_BS: Tensor | None, layout: Layout, parts: PartLayouts, dtype: torch.dtype
) -> Reading | None:
    """What is read of a batch behind the last block; ``None``: all of it, or nothing of one part.

    Args:
        is_read_BS: Whether the state of each place is read; ``None``: of each it is.
        layout: Layout of the batch.
        parts: Parts of the batch.
        dtype: Precision of products.

    Example:
        >>> from xtl.models.kernels.layout import whole
        >>> batch = whole(torch.tensor([[1, 1, 0], [1, 1, 1]]), torch.float32)
        >>> reading = reading_of(torch.tensor([[1, 0, 0], [1, 0, 1]]), *batch, torch.float32)
        >>> reading.rows[0].tokens, reading.layout.places
        (tensor([0, 2, 4]), tensor([0, 3, 5]))
    """
    if is_read_BS is None:
        return None
    is_read = chosen(is_read_BS.flatten() != 0, layout.places)
    tokens_of = [numbers_of(is_here) for is_here in torch.split(is_read, list(parts.sizes))]
    sizes = [len(tokens) for tokens in tokens_of]
    if not all(sizes) or sum(sizes) == len(is_read):
        return None
    rows = [
        ReadRows(
            tokens=tokens,
            slots=tokens if part.places is None else part.places[tokens],
            num_rows=size + part.spare,
            spare=spare_rows(len(tokens), dtype) if len(sizes) > 1 else 0,
        )
        for tokens, part, size in zip(tokens_of, parts.layouts, parts.sizes, strict=True)
    ]
    layouts = [part._replace(spare=read.spare) for part, read in zip(parts.layouts, rows, strict=True)]
    slots = numbers_of(is_read) if layout.places is None else layout.places[is_read]
    return Reading(layout._replace(places=slots), PartLayouts(layouts, sizes), rows)
