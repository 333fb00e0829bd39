"""Segments: BERT's descendants add another vector to the tokens of the second text of a pair."""

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase


def segment_ids(input_ids: Tensor, separator: int) -> Tensor:
    """``(B, S)`` ids to the number of each token's segment: 1 in the second text of a pair, else 0.

    A pair has two separators. What has others, such as the lines of a block of raw text, is one segment.

    Args:
        input_ids: ``(B, S)`` ids of texts or pairs, with their special tokens.
        separator: Id of the special token behind a text.

    Example:
        >>> segment_ids(torch.tensor([[101, 7, 8, 102, 9, 102, 0], [101, 7, 102, 0, 0, 0, 0]]), 102).tolist()
        [[0, 0, 0, 0, 1, 1, 0], [0, 0, 0, 0, 0, 0, 0]]
    """
    is_separator = (input_ids == separator).long()
    before = is_separator.cumsum(dim=1) - is_separator
    is_pair = is_separator.sum(dim=1, keepdim=True) == 2
    return ((before == 1) & is_pair).long()


def segment_separator(encoder: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> int | None:
    """Separator by which :func:`segment_ids` gives what a tokenizer gives with a pair.

    Args:
        encoder: Encoder of the Hugging Face library.
        tokenizer: Tokenizer that it was trained with.

    Returns:
        Id of the special token; ``None`` where the encoder has one segment or none, as XLM-R and DistilBERT,
        or its tokenizer gives no others with a pair.
    """
    tables = (part for name, part in encoder.named_modules() if name.endswith("token_type_embeddings"))
    table = next(tables, None)
    has_two = isinstance(table, nn.Embedding) and table.num_embeddings > 1
    if not has_two or "token_type_ids" not in tokenizer.model_input_names or tokenizer.sep_token_id is None:
        return None
    pair = tokenizer("a", "b", return_token_type_ids=True)
    separator = int(tokenizer.sep_token_id)
    segments = segment_ids(torch.tensor([pair["input_ids"]]), separator).tolist()[0]
    return separator if 1 in segments and segments == pair["token_type_ids"] else None
