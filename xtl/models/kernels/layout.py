"""Where the tokens of a padded batch stand."""

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from xtl.models.kernels.weighted_sums import hiding_bias, key_width

_LEAST = 1 << 17
"""Numbers of the states of a batch below which halves would wait for each other's Python."""

_HALF_BYTES = 2
"""Bytes of a number in half precision."""


class Layout(NamedTuple):
    """Places of the T tokens of a batch: among its ``B * S`` places, and among ``B * W`` keys of attention.

    Attributes:
        shape: Rows B and places S of a row.
        width: Keys W of a row.
        places: Place ``(T,)`` of each token; ``None``: each place has one.
        keys: Key ``(T,)`` of each token; ``None``: each key has one.
        tokens: Token ``(B * W,)`` of each key, any one where it has none; ``None``: as above.
        bias: What is added to scores ``(B, 1, 1, W)``; ``None``: nothing is hidden.
        spare: Rows behind the T tokens in which no state counts, and every gradient is 0; some only where
            not each place has a token.
    """

    shape: tuple[int, int]
    width: int
    places: Tensor | None = None
    keys: Tensor | None = None
    tokens: Tensor | None = None
    bias: Tensor | None = None
    spare: int = 0

    def padded(self, states: Tensor) -> Tensor:
        """States ``(T, H)`` of tokens to states ``(B * S, H)`` of places, 0 where there is no token."""
        return scattered(states, self.places, prod(self.shape))


class PartLayouts(NamedTuple):
    """Parts of a batch.

    Attributes:
        layouts: Layout of the rows of each part.
        sizes: Tokens of each part, without its spare rows.
    """

    layouts: Sequence[Layout]
    sizes: Sequence[int]


class LayerStates(Sequence[Tensor]):
    """States ``(B, S, H)`` of the embedding layer and of each block, made when one is taken.

    They are 0 where the layout has no token.
    """

    def __init__(self, states: Sequence[Tensor], layout: Layout) -> None:
        """Take states.

        Args:
            states: States ``(T, H)`` of the tokens of a batch, for each layer.
            layout: Layout of the batch.
        """
        self._states, self._layout = states, layout

    def __len__(self) -> int:
        """Number of layers, that of embeddings counted."""
        return len(self._states)

    def __getitem__(self, layer: Any) -> Any:  # noqa: ANN401  a number, or a slice as of any sequence
        """States of a layer, by its number."""
        if isinstance(layer, slice):
            return LayerStates(self._states[layer], self._layout)
        return self._layout.padded(self._states[layer]).view(*self._layout.shape, -1)


def layout_of(mask_BS: Tensor, dtype: torch.dtype) -> Layout:
    """Layout of a batch.

    Args:
        mask_BS: 1 on tokens, 0 on padding.
        dtype: Precision of attention.

    Example:
        >>> layout = layout_of(torch.tensor([[1, 1, 1], [1, 0, 0]]), torch.float32)
        >>> layout.width, layout.places, layout.padded(torch.ones(4, 1)).view(2, 3)
        (16, tensor([0, 1, 2, 3]), tensor([[1., 1., 1.],
                [1., 0., 0.]]))
    """
    num_rows, length = mask_BS.shape
    width = key_width(length, dtype)
    is_token = F.pad(mask_BS != 0, (0, width - length))
    if bool(is_token.all()):
        return Layout((num_rows, length), width)
    return Layout(
        shape=(num_rows, length),
        width=width,
        places=None if bool(mask_BS.all()) else numbers_of(mask_BS),
        keys=numbers_of(is_token),
        tokens=is_token.flatten().cumsum(0).sub_(1).clamp_(min=0),
        bias=hiding_bias(~is_token[:, None, None], dtype),
    )


class Parted(NamedTuple):
    """A batch and its parts: one, or two halves, which are computed beside each other.

    A batch is halved by its rows alone, whatever the machine: what is computed is the same on any number of
    cores.

    Attributes:
        layout: Layout of the batch; the T tokens of the first half stand before those of the second.
        parts: Parts; a half is without columns of padding alone.
    """

    layout: Layout
    parts: PartLayouts


def whole(mask_BS: Tensor, dtype: torch.dtype) -> Parted:
    """A batch in one part.

    Args:
        mask_BS: 1 on tokens, 0 on padding.
        dtype: Precision of attention.
    """
    layout = layout_of(mask_BS, dtype)
    num_tokens = mask_BS.numel() if layout.places is None else len(layout.places)
    return Parted(layout, PartLayouts([layout], [num_tokens]))


def halved(mask_BS: Tensor, hidden_size: int, dtype: torch.dtype) -> Parted | None:
    """Halves of a batch: its longer rows, and its shorter ones, with about as many tokens.

    Args:
        mask_BS: 1 on tokens, 0 on padding.
        hidden_size: Numbers H of a state; a batch with few numbers in all has no halves.
        dtype: Precision of attention.

    Example:
        >>> halves = halved(torch.tensor([[1, 0, 0], [1, 1, 1], [1, 0, 0]]), 1 << 16, torch.float32)
        >>> halves.parts.sizes, halves.layout.places, [half.shape for half in halves.parts.layouts]
        ([3, 2], tensor([3, 4, 5, 0, 6]), [(1, 3), (2, 1)])
    """
    num_rows, length = mask_BS.shape
    is_token = mask_BS != 0
    lengths, order = is_token.sum(1).sort(descending=True, stable=True)
    ends = lengths.cumsum(0)
    num_tokens = int(ends[-1])
    if num_rows == 1 or num_tokens * hidden_size < _LEAST:
        return None
    # A row is in the half that its middle is in.
    num_longer = max(1, int((2 * ends - lengths <= num_tokens).sum()))
    if int(ends[num_longer - 1]) == num_tokens:
        return None  # one row has all of the tokens
    layouts, numbers = [], []
    for rows in (order[:num_longer], order[num_longer:]):
        width = int(is_token[rows].any(0).nonzero()[-1]) + 1
        is_here = is_token[rows, :width]
        half = layout_of(is_here, dtype)
        numbers.append((rows[:, None] * length + torch.arange(width))[is_here])
        is_full = half.places is None
        layouts.append(half if is_full else half._replace(spare=spare_rows(len(numbers[-1]), dtype)))
    return Parted(
        Layout((num_rows, length), length, torch.cat(numbers)), PartLayouts(layouts, [*map(len, numbers)])
    )


def chosen(states: Tensor, numbers: Tensor | None, *, spare: int = 0) -> Tensor:
    """Rows of ``(..., H)`` states with these numbers, then rows of 0 in which no gradient counts.

    Args:
        states: States.
        numbers: Numbers of rows; ``None``: all, and none of 0.
        spare: Number of rows of 0.
    """
    if numbers is None:
        return states
    if not spare:
        return states.index_select(0, numbers)
    rows = states.new_empty((len(numbers) + spare, *states.shape[1:]))
    torch.index_select(states, 0, numbers, out=rows[: len(numbers)])
    rows[len(numbers) :] = 0
    return rows


def scattered(states: Tensor, numbers: Tensor | None, num_rows: int) -> Tensor:
    """Rows ``(num_rows, H)`` of which those with these numbers are the first of the states; others are 0.

    Args:
        states: States.
        numbers: Numbers of rows; ``None``: the states are the rows.
        num_rows: Number of rows.
    """
    if numbers is None:
        return states
    states = states[: len(numbers)]
    return states.new_zeros((num_rows, states.shape[1])).index_copy(0, numbers, states)


def spare_rows(num_tokens: int, dtype: torch.dtype) -> int:
    """Rows to add to tokens so that there are at most 32 numbers of rows between one and its double.

    For each number of rows that it has not seen oneDNN, which multiplies in half precision alone, compiles
    products, which takes a fiftieth of an update, and keeps them, which takes memory.

    Example:
        >>> [tokens + spare_rows(tokens, torch.bfloat16) for tokens in (40, 65, 535, 1025)]
        [40, 66, 544, 1056]
    """
    step = 1 << max(0, num_tokens.bit_length() - 6)
    return -num_tokens % step if dtype.itemsize == _HALF_BYTES else 0


def numbers_of(is_there: Tensor) -> Tensor:
    """Numbers of the entries of ``(...)`` that are true, from the first one."""
    return is_there.flatten().nonzero().squeeze(1)
