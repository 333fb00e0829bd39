"""The output layer for masked language modelling that a checkpoint brings along, as those of XLM-R do."""

from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor
from transformers.utils.hub import cached_file

_HEAD_NAMES = {
    "lm_head.dense.weight": "dense.weight",
    "lm_head.dense.bias": "dense.bias",
    "lm_head.layer_norm.weight": "norm.weight",
    "lm_head.layer_norm.bias": "norm.bias",
    "lm_head.bias": "bias",
}
"""Names in RoBERTa's and XLM-R's checkpoints, by names in the head of :class:`xtl.modules.MaskedLM`. The
table is the encoder's."""


def language_head(name: str | Path, *, revision: str | None = None) -> dict[str, Tensor] | None:
    """Read the output layer of a model whose encoder has been loaded, so that its file is at hand.

    Args:
        name: Folder, or repository.
        revision: Commit or tag of the repository.

    Returns:
        Weights in float32 for the head of :class:`xtl.modules.MaskedLM`; ``None`` if there is none, as in a
        checkpoint of the encoder alone, or if the checkpoint is in several files.
    """
    path = cached_file(
        str(name),
        "model.safetensors",
        revision=revision,
        _raise_exceptions_for_missing_entries=False,
        _raise_exceptions_for_connection_errors=False,
    )
    if path is None:
        return None
    with safe_open(path, framework="pt") as file:
        if not set(file.keys()).issuperset(_HEAD_NAMES):
            return None
        # float32 like the encoder, whatever precision the checkpoint was saved in.
        return {head_name: file.get_tensor(name).to(torch.float32) for name, head_name in _HEAD_NAMES.items()}
