"""Attention by products of matrices, and its gradients, a few sequences at a time.

With dropout torch's own function makes several passes over all of the attention on a CPU, and draws a random
number for each entry. Here a few sequences are computed at once, which stay in the cache, with masks of
:mod:`xtl.models.kernels.dropout`; what the gradients need is the attention itself and a byte for each entry.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from xtl.models.kernels.dropout import dropout_mask, keep, kept, widened

_CHUNK = 1 << 19
"""Entries of attention that are computed at once, so that they stay in the cache of a core between passes."""

_REGISTER_BYTES = 64
"""Bytes of the widest registers: torch's softmax computes what is left of a row behind them one by one."""

_FEW = 2
"""Entries that cost less one by one than a register of their own would."""


class Attended(NamedTuple):
    """What the gradients of attention need.

    Attributes:
        query: Queries ``(B, N, S, D)``.
        key: Keys ``(B, N, W, D)``.
        value: Values ``(B, N, W, D)``.
        weights: Attention ``(B, N, S, W)``, before dropout.
        mask: Mask of dropout ``(B, N, S, W)``; ``None``: nothing is dropped.
    """

    query: Tensor
    key: Tensor
    value: Tensor
    weights: Tensor
    mask: Tensor | None


def key_width(length: int, dtype: torch.dtype) -> int:
    """Number of keys W for ``length`` tokens: some more, which are hidden, where that makes whole registers.

    Example:
        >>> key_width(30, torch.bfloat16), key_width(34, torch.bfloat16), key_width(37, torch.float32)
        (32, 34, 48)
    """
    lanes = _REGISTER_BYTES // dtype.itemsize
    return length if length % lanes <= _FEW else length + -length % lanes


def hiding_bias(is_hidden: Tensor, dtype: torch.dtype) -> Tensor:
    """What is added to scores: 0 where a query sees a key, else the least number, beside which scores vanish.

    Not minus infinity: a row of padding alone is no NaN then.

    Args:
        is_hidden: ``(...)``, whether a key is hidden.
        dtype: Precision of scores.
    """
    return torch.zeros(is_hidden.shape, dtype=dtype).masked_fill_(is_hidden, torch.finfo(dtype).min)


def attend(  # noqa: PLR0913  three inputs, a bias, three settings
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bias: Tensor | None,
    *,
    num_keys: int,
    share: float,
    scaling: float,
    random: torch.Generator | None = None,
) -> tuple[Tensor, Attended]:
    """Weighted sums of values: softmax of scaled products of queries and keys, dropout, product with values.

    With P = softmax(s Q K' + bias), M a mask of entries that stay and c one over their share, c (P * M) V.

    Args:
        query: Queries ``(B, N, S, D)``, as the other two in the precision of the products.
        key: Keys ``(B, N, W, D)``.
        value: Values ``(B, N, W, D)``.
        bias: ``(B, N or 1, S or 1, W)``, what is added to scores; ``None``: nothing.
        num_keys: Number of keys, from the first one, that a query can see; see :func:`key_width`.
        share: Share of the attention that dropout sets to 0.
        scaling: Factor s of the products.
        random: Generator of the random numbers of dropout; ``None``: torch's own.

    Returns:
        States ``(B, S, N, D)``, and what the gradients need.
    """
    num_rows, num_heads, length, _ = query.shape
    weights = query.new_empty((*query.shape[:-1], key.shape[-2]))
    mask = torch.empty_like(weights, dtype=torch.int8) if share else None
    states = value.new_empty((num_rows, length, num_heads, value.shape[-1]))
    for rows in _chunks(len(weights), weights[0].numel()):
        seen = _matrices(weights, rows)
        _softmax_of_scores(query[rows], key[rows], None if bias is None else bias[rows], scaling, out=seen)
        if mask is not None:
            mask[rows, ..., :num_keys] = dropout_mask((*weights[rows].shape[:-1], num_keys), share, random)
            mask[rows, ..., num_keys:] = 0
            seen = kept(seen, _matrices(mask, rows))
        sums = torch.bmm(seen, _matrices(value, rows))
        sums = sums.view(-1, num_heads, *sums.shape[1:]).transpose(1, 2)
        torch.mul(sums, 1 / (1 - share), out=states[rows])
    return states, Attended(query, key, value, weights, mask)


def _softmax_of_scores(
    query: Tensor, key: Tensor, bias: Tensor | None, scaling: float, *, out: Tensor
) -> None:
    """Softmax ``(B * N, S, W)`` of scaled products of queries and keys, with the bias, into ``out``."""
    queries, keys = query.flatten(0, 1), key.flatten(0, 1).transpose(1, 2)
    if bias is None:
        torch.bmm(queries * scaling, keys, out=out)
    elif bias.shape[2] > 1:  # of each query: too large to be written once a head
        torch.bmm(queries * scaling, keys, out=out)
        out.view(*query.shape[:3], -1).add_(bias)
    else:
        added = bias.expand(*query.shape[:2], *bias.shape[2:]).flatten(0, 1)
        torch.baddbmm(added, queries, keys, alpha=scaling, out=out)
    torch.softmax(out, dim=-1, out=out)


def attend_in_float32(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None) -> Tensor:
    """States ``(B, S, N, D)`` as :func:`attend` has them without dropout, with scores of 32 bits.

    Args:
        query: Queries ``(B, N, S, D)`` of 32 bits.
        key: Keys ``(B, N, W, D)`` of 32 bits.
        value: Values ``(B, N, W, D)`` in the precision of products.
        bias: ``(B, 1, 1, W)`` of 32 bits, what is added to scores; ``None``: nothing.
    """
    num_rows, num_heads, length, size = query.shape
    states = value.new_empty((num_rows, length, num_heads, size))
    for rows in _chunks(num_rows, num_heads * length * key.shape[2]):
        weights = query.new_empty((len(query[rows]) * num_heads, length, key.shape[2]))
        bias_here = None if bias is None else bias[rows]
        _softmax_of_scores(query[rows], key[rows], bias_here, size**-0.5, out=weights)
        sums = torch.bmm(weights.to(value.dtype), _matrices(value, rows))
        states[rows] = sums.view(-1, num_heads, length, size).transpose(1, 2)
    return states


def attention_gradients(
    grad_states: Tensor, attended: Attended, *, share: float, scaling: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of queries, keys and values.

    As in :func:`attend`, with dY the gradient of the states: dV = c (P * M)' dY; dP = c (dY V') * M;
    dS = P * (dP - rowsum(dP * P)); dQ = s dS K; dK = s dS' Q.

    Args:
        grad_states: Gradient ``(B, S, N, D)``.
        attended: What :func:`attend` gave.
        share: Share of the attention that dropout set to 0.
        scaling: Factor s of the products.
    """
    query, key, value, weights, mask = attended
    grad_query, grad_key, grad_value = (torch.empty_like(part) for part in (query, key, value))
    grad_states = torch.mul(grad_states.transpose(1, 2), 1 / (1 - share), out=torch.empty_like(query))
    for rows in _chunks(len(weights), weights[0].numel()):
        grad, seen = _matrices(grad_states, rows), _matrices(weights, rows)
        grad_seen, dropped = torch.bmm(grad, _matrices(value, rows).transpose(1, 2)), seen
        if mask is not None:
            bits = widened(_matrices(mask, rows), seen.dtype)
            grad_seen, dropped = keep(grad_seen, bits), kept(seen, bits)
        grad_scores = torch.ops.aten._softmax_backward_data(
            grad_seen, seen, -1, seen.dtype, grad_input=grad_seen
        )
        torch.bmm(dropped.transpose(1, 2), grad, out=_matrices(grad_value, rows))
        torch.bmm(grad_scores, _matrices(key, rows), out=_matrices(grad_query, rows))
        torch.bmm(grad_scores.transpose(1, 2), _matrices(query, rows), out=_matrices(grad_key, rows))
    return grad_query.mul_(scaling), grad_key.mul_(scaling), grad_value


def _chunks(num_rows: int, entries_of_row: int) -> Iterator[slice]:
    """Sequences of a batch to compute at once, by the number of entries ``N * S * W`` of one."""
    at_once = max(1, _CHUNK // max(1, entries_of_row))
    for start in range(0, num_rows, at_once):
        yield slice(start, start + at_once)


def _matrices(part: Tensor, rows: slice) -> Tensor:
    """Some rows of ``(B, N, ...)``, all heads of them below each other."""
    return part[rows].flatten(0, 1)
