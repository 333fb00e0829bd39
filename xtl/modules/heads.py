"""Heads that modules of several task types put on an encoder."""

from typing import Any, cast

import torch
from torch import Tensor, nn

from xtl.models import Backbone, HFBackbone
from xtl.models.kernels import Dropout
from xtl.modules.base import XtlModule


class SentenceHead(nn.Module):
    """Dropout, linear, tanh, dropout, linear: the head of RoBERTa for sentences, and of jiant."""

    def __init__(self, hidden_size: int, num_outputs: int, *, dropout: float) -> None:
        """Draw new weights.

        Args:
            hidden_size: Width H of the states.
            num_outputs: Number of output units C.
            dropout: Share of a layer's inputs that training sets to 0.
        """
        super().__init__()
        self.dense = nn.Linear(hidden_size, hidden_size)
        self.out = nn.Linear(hidden_size, num_outputs)
        self.dropout = Dropout(dropout)
        for layer in (self.dense, self.out):
            nn.init.normal_(layer.weight, std=0.02)  # as XLM-R's own heads
            nn.init.zeros_(layer.bias)

    def forward(self, states_BH: Tensor) -> Tensor:
        """``(B, H)`` states to ``(B, C)`` outputs."""
        outputs: Tensor = self.out(self.dropout(torch.tanh(self.dense(self.dropout(states_BH)))))
        return outputs


def read_states(backbone: Backbone, ids_BS: Tensor, mask_BS: Tensor, is_read_BS: Tensor | None) -> Tensor:
    """States ``(B, S, H)`` of a batch for a head that does not read all of them; others may be 0.

    Args:
        backbone: Encoder; one that is no :class:`xtl.models.HFBackbone` computes all states.
        ids_BS: Ids of the tokens.
        mask_BS: 1 on tokens, 0 on padding.
        is_read_BS: Whether the head reads a state; ``None``: it reads all.
    """
    if (
        is_read_BS is not None
        and getattr(type(backbone), "forward", None) is HFBackbone.forward
        and ("forward" not in vars(backbone))
    ):
        states: Tensor = cast(Any, backbone)(ids_BS, mask_BS, is_read=is_read_BS)
        return states
    return backbone(ids_BS, mask_BS)


def first_only(mask_BS: Tensor) -> Tensor:
    """Whether a token is the first one of its row, ``(B, S)``, for :func:`read_states`."""
    is_first_BS = torch.zeros_like(mask_BS, dtype=torch.bool)
    is_first_BS[:, 0] = True
    return is_first_BS


def head_weights(module: XtlModule) -> dict[str, Tensor]:
    """Give the weights of the head as safetensors takes them."""
    return {name: weight.detach().cpu().contiguous() for name, weight in module.head.state_dict().items()}
