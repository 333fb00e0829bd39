"""The tokenizer of an exported folder: xtl's own preparation, whatever class loads it."""

import copy
import json
from pathlib import Path

from transformers import PreTrainedTokenizerBase

from xtl.atomic import write_json
from xtl.models.tokenizer import begin_like_words

_INPUTS = ("input_ids", "attention_mask")


def save_tokenizer(
    tokenizer: PreTrainedTokenizerBase,
    folder: Path,
    *,
    max_len: int,
    reads_special_tokens: bool,
    reads_words: bool = False,
    has_segments: bool = False,
) -> None:
    """Write a tokenizer that reads text in other libraries as it does in xtl.

    Args:
        tokenizer: Prepared tokenizer of the encoder.
        folder: Folder to write into.
        max_len: Longest input (tokens) of the task, which truncation in other libraries keeps to.
        reads_special_tokens: Whether a text may spell special tokens, such as ``<mask>``.
        reads_words: Whether the task reads words, so that the first one begins like the others.
        has_segments: Whether the encoder is told which text of a pair a token is of.
    """
    if reads_words:
        tokenizer = copy.deepcopy(tokenizer)
        begin_like_words(tokenizer)
    tokenizer.save_pretrained(folder)
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    for class_bound in ("auto_map", "backend"):
        settings.pop(class_bound, None)
    write_json(
        path,
        {
            **settings,
            # A class of one model, such as XLMRobertaTokenizer, builds its own normaliser and drops NFC.
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_input_names": [*_INPUTS, *(["token_type_ids"] if has_segments else [])],
            "model_max_length": max_len,
            "split_special_tokens": not reads_special_tokens,
            # As xtl pads; the first token's state stands for a text.
            "padding_side": "right",
        },
    )
