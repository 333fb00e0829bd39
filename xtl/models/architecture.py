"""What an architecture allows: how it is built, and how long its inputs can be."""

import inspect
from pathlib import Path
from typing import cast

from torch import nn
from transformers import AutoModel, PreTrainedConfig, PreTrainedModel

from xtl.errors import BackboneError


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


def without_pooler(config: PreTrainedConfig) -> dict[str, bool]:
    """Argument that turns the pooler off, which nothing reads: an unused weight breaks distributed training.

    Args:
        config: Config of the encoder; nothing is given for an architecture that has no pooler.
    """
    architecture = cast(type[PreTrainedModel], AutoModel._model_mapping[type(config)])
    accepted = inspect.signature(architecture).parameters
    return {"add_pooling_layer": False} if "add_pooling_layer" in accepted else {}


def check_kind(name: str | Path, config: PreTrainedConfig) -> None:
    """Refuse what is no encoder alone.

    Args:
        name: Folder or repository, for the message.
        config: Config of the model in it.

    Raises:
        BackboneError: if it has a decoder.
    """
    if config.is_encoder_decoder or config.model_type == "t5":
        raise BackboneError(
            f"backbone {name}: expected an encoder, got one with a decoder ({config.model_type}); "
            "use an encoder alone, such as XLM-R"
        )
