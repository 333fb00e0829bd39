"""Sizes of a small encoder with random weights, and padded batches for it."""

import torch
from torch import Tensor

SIZES = {
    "vocab_size": 100, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4,
    "intermediate_size": 48, "max_position_embeddings": 80,
}  # fmt: skip


def batch(lengths: tuple[int, ...] = (17, 5, 9), width: int | None = None) -> tuple[Tensor, Tensor]:
    """Ids and mask of rows with these numbers of tokens, padded to ``width`` or to the longest row."""
    tokens = torch.tensor(lengths)
    mask = (torch.arange(width or max(lengths))[None] < tokens[:, None]).long()
    ids = torch.randint(5, 100, mask.shape, generator=torch.Generator().manual_seed(0))
    return ids * mask + (1 - mask), mask
