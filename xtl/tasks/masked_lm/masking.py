"""Which tokens a masked language model must guess, and what it sees in their place."""

import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor

from xtl.types import IGNORE


def mask_tokens(
    ids_BS: Tensor,
    maskable_BS: Tensor,
    *,
    share: float,
    mask_id: int,
    vocab_size: int,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """Text with hidden tokens, and targets, as in BERT (Devlin et al. 2019).

    Of the tokens that are drawn 80 % become masks, 10 % random tokens, and 10 % stay as they are.

    Args:
        ids_BS: Sub-word ids, ``(B, S)``.
        maskable_BS: Mask of the tokens that may be drawn, ``(B, S)``, 1 or 0.
        share: Chance of each of them to be drawn, in (0, 1].
        mask_id: Id of the mask token.
        vocab_size: Number of ids that random tokens are drawn from, 0 to ``vocab_size - 1``.
        generator: Generator of random numbers, on the device of ``ids_BS``; ``None``: torch's own.

    Returns:
        What the encoder reads, ``(B, S)``, and the targets: the id of each drawn token, ``IGNORE`` elsewhere.
    """
    # One number decides whether a token is drawn and another what becomes of it, independently.
    chance_BS, fate_BS = (
        torch.rand(ids_BS.shape, generator=generator, device=ids_BS.device) for _ in range(2)
    )
    random_BS = torch.randint(vocab_size, ids_BS.shape, generator=generator, device=ids_BS.device)
    drawn_BS = (chance_BS < share) & (maskable_BS == 1)
    read_BS = torch.where(drawn_BS & (fate_BS < 0.8), mask_id, ids_BS)
    read_BS = torch.where(drawn_BS & (fate_BS >= 0.9), random_BS, read_BS)
    return read_BS, ids_BS.masked_fill(~drawn_BS, IGNORE)


def mask_by_name(
    ids_BS: Tensor,
    maskable_BS: Tensor,
    names: Sequence[str],
    *,
    share: float,
    mask_id: int,
    vocab_size: int,
) -> tuple[Tensor, Tensor]:
    """As :func:`mask_tokens`, drawn from each row's name: the same in every run, batch and padding.

    Args:
        ids_BS: Sub-word ids, ``(B, S)``.
        maskable_BS: Mask of the tokens that may be drawn, ``(B, S)``, 1 or 0.
        names: Names of the B rows.
        share: Chance of each token to be drawn.
        mask_id: Id of the mask token.
        vocab_size: Number of ids that random tokens are drawn from.

    Returns:
        What :func:`mask_tokens` returns.
    """
    read_BS, target_BS = ids_BS.clone(), torch.full_like(ids_BS, IGNORE)
    for row, name in enumerate(names):
        # Up to the last token that may be drawn: how far the batch is padded must not change what is drawn.
        size = int(maskable_BS[row].nonzero().max()) + 1 if maskable_BS[row].any() else 0
        # 56 bits of the hash: a seed must fit into a signed 64-bit number.
        seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:7])
        # On the CPU: a GPU's generator draws other numbers from the same seed.
        read_S, target_S = mask_tokens(
            ids_BS[row, :size].cpu(),
            maskable_BS[row, :size].cpu(),
            share=share,
            mask_id=mask_id,
            vocab_size=vocab_size,
            generator=torch.Generator().manual_seed(seed),
        )
        read_BS[row, :size], target_BS[row, :size] = read_S.to(ids_BS.device), target_S.to(ids_BS.device)
    return read_BS, target_BS
