"""Train with only the rows of the embedding table that the text uses.

A multilingual table has hundreds of thousands of rows, and a phase reads a few thousand of them. Rows that
are never read get a zero gradient, so an optimiser without weight decay on the table leaves them as they
are. Leaving them out changes no result and makes the optimiser's work, the gradients and their exchange
several times smaller.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from xtl.models.backbone import HFBackbone
from xtl.models.shards import whole_tensor


class ActiveEmbedding(nn.Module):
    """Stands in for a table of V rows with A of them (``rows_A``); takes the ids of the full table.

    Reading a row that is not active raises ``IndexError`` on the CPU.
    """

    def __init__(self, full: nn.Embedding, active_A: Tensor) -> None:
        """Copy rows of a table.

        Args:
            full: Table of V rows.
            active_A: Sorted ids of the rows to copy, int64.
        """
        super().__init__()
        device = full.weight.device
        row_of_V = torch.full((full.num_embeddings,), -1, dtype=torch.int64)
        row_of_V[active_A] = torch.arange(len(active_A))
        self.row_of_V: Tensor
        self.rows_A = active_A
        self._full = (full,)  # in a tuple, so that it is no part of the module
        # A buffer, so that it moves with the module; not saved, since it follows from the active ids.
        self.register_buffer("row_of_V", row_of_V.to(device), persistent=False)
        self.weight = nn.Parameter(full.weight.detach()[active_A.to(device)].clone())
        # As in nn.Embedding the padding row must get no gradient, so its new row has to be known.
        padding = -1 if full.padding_idx is None else int(row_of_V[full.padding_idx])
        self.padding_idx = None if padding < 0 else padding

    def forward(self, input_ids: Tensor) -> Tensor:
        """``(B, S)`` ids of the full table to ``(B, S, H)`` rows."""
        return F.embedding(self.row_of_V[input_ids], self.weight, padding_idx=self.padding_idx)

    @property
    def full(self) -> nn.Embedding:
        """Full table, whose active rows are those from before training until :meth:`written_back`."""
        return self._full[0]

    def written_back(self) -> nn.Embedding:
        """Give the full table with the active rows as they are now."""
        # The full table may have stayed on the CPU while the active rows were trained on another device.
        full = self.full
        with torch.no_grad():
            weight_AH = whole_tensor(self.weight)
            full.weight[self.rows_A.to(full.weight.device)] = weight_AH.to(full.weight.device)
        return full


def has_plain_table(backbone: HFBackbone) -> bool:
    """Whether the rows of an encoder's table are what it reads, so that some of them can stand for all.

    Tables of other kinds compute with their rows, as Gemma's scales them.
    """
    table = backbone.encoder.get_input_embeddings()
    is_plain = type(table) is nn.Embedding and table.max_norm is None and not table.scale_grad_by_freq
    return is_plain and not table.sparse


@contextmanager
def active_vocabulary(backbone: HFBackbone, used_ids: Iterable[int]) -> Iterator[ActiveEmbedding]:
    """Shrink the embedding table to ``used_ids`` inside the block; after it, put the trained full table back.

    Args:
        backbone: Encoder whose input embeddings are not tied to an output layer.
        used_ids: Ids of the full table: every id that will be read inside the block, special tokens and the
            tokenizer's padding included.

    Yields:
        The embedding in use.

    Raises:
        TypeError: if the encoder's input embeddings are no plain table, see :func:`has_plain_table`.
    """
    full = backbone.encoder.get_input_embeddings()
    if not isinstance(full, nn.Embedding) or not has_plain_table(backbone):
        raise TypeError(
            f"expected input embeddings of type nn.Embedding, got {full}; train with the whole table"
        )
    # Collators pad, so the padding id is read even if no text has it.
    special = {full.padding_idx} if full.padding_idx is not None else set()
    active_A = torch.tensor(sorted(set(used_ids) | special), dtype=torch.int64)
    active = ActiveEmbedding(full, active_A)
    backbone.encoder.set_input_embeddings(active)
    try:
        yield active
    finally:
        backbone.encoder.set_input_embeddings(active.written_back())


@contextmanager
def whole_table(backbone: HFBackbone) -> Iterator[None]:
    """Read any text inside :func:`active_vocabulary`, with the weights of now; nothing is trained in here.

    Args:
        backbone: Encoder; outside that block nothing happens.
    """
    active = backbone.encoder.get_input_embeddings()
    if not isinstance(active, ActiveEmbedding):
        yield
        return
    # Rows are copied once on the way in; nothing trains inside, so none need copying on the way out.
    full = active.written_back()
    home = full.weight.device
    backbone.encoder.set_input_embeddings(full.to(active.weight.device))
    try:
        yield
    finally:
        backbone.encoder.set_input_embeddings(active)
        full.to(home)
