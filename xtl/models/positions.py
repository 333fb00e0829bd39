"""Positions of an encoder: how long its inputs can be."""

from torch import nn
from transformers import PreTrainedModel


def max_positions(encoder: PreTrainedModel) -> int | None:
    """Longest input that an encoder's table of positions allows; ``None``: positions are computed.

    Args:
        encoder: Encoder of the Hugging Face library.
    """
    names = ("position_embeddings", "wpe")  # as BERT's descendants and GPT-2 name it
    for name, part in encoder.named_modules():
        if name.rpartition(".")[2] in names and isinstance(part, nn.Embedding):
            # RoBERTa counts from behind the padding's position.
            offset = 0 if part.padding_idx is None else part.padding_idx + 1
            return part.num_embeddings - offset
    return None
