"""Heads that modules of several task types put on an encoder."""

import torch
from torch import Tensor, nn

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


def head_weights(module: XtlModule) -> dict[str, Tensor]:
    """Give the weights of the head as safetensors takes them."""
    return {name: weight.detach().cpu().contiguous() for name, weight in module.head.state_dict().items()}
