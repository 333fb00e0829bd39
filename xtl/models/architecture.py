"""What an architecture allows: how it is built, how long its inputs are, blocks computed a second time."""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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


_BEHIND_BLOCKS = ("final_norm", "final_layer_norm", "norm", "ln_f", "pooler")
"""Names of what encoders compute behind their last block."""


def weights_behind(
    encoder: nn.Module, stacks: Sequence[Sequence[nn.Module]], layer: int
) -> list[nn.Parameter]:
    """Weights that the states of a layer do not depend on.

    Args:
        encoder: Encoder of the Hugging Face library.
        stacks: Lists of its blocks; several where each part of a block has one, as XLM's.
        layer: Number of the layer; 0 is the embedding layer, the number of blocks the last one.
    """
    parts = dict(encoder.named_modules())
    behind = [part for name, part in parts.items() if name.rpartition(".")[2] in _BEHIND_BLOCKS]
    # Its embeddings may have a norm of such a name.
    before = [part for name, part in parts.items() if name == "embeddings"]
    for stack in stacks:
        before += stack[:layer]
        behind += stack[layer:]
    read = {weight for part in before for weight in part.parameters()}
    weights = (weight for part in behind for weight in part.parameters())
    return [weight for weight in dict.fromkeys(weights) if weight not in read]


def check_bare(model: nn.Module) -> None:
    """Refuse a model of the Hugging Face library whose output is not the states of an encoder.

    Raises:
        TypeError: if it has a head or a decoder.
    """
    kind = type(model).__name__
    if not isinstance(model, PreTrainedModel):
        return
    if model.base_model is not model:
        raise TypeError(f"expected an encoder without a head, got {kind}; pass model.base_model")
    if model.config.is_encoder_decoder and hasattr(model, "decoder"):
        raise TypeError(f"expected an encoder alone, got {kind}, which has a decoder")


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


@contextmanager
def blocks_recomputed(encoder: PreTrainedModel) -> Iterator[None]:
    """Let an encoder keep only the inputs of its blocks inside the block, and compute them a second time.

    Args:
        encoder: Encoder, which is as it was afterwards.

    Raises:
        BackboneError: if transformers cannot do so for this architecture.
    """
    # Older versions of transformers have the second name alone, newer ones warn of it.
    names = ("activation_checkpointing", "gradient_checkpointing")
    prefix = next(name for name in names if hasattr(encoder, f"{name}_enable"))
    try:
        getattr(encoder, f"{prefix}_enable")({"use_reentrant": False})
    except ValueError as error:
        raise BackboneError(
            f"trainer.gradient_checkpointing=true: expected an encoder that transformers can compute "
            f"block by block a second time, got {type(encoder).__name__} ({error}); use "
            "trainer.micro_batch"
        ) from error
    # It also asks for a gradient at the embeddings, for checkpoints of another kind than these; with
    # frozen blocks that would cost a backward pass through all of them.
    encoder.disable_input_require_grads()
    use_cache = getattr(encoder.config, "use_cache", False)
    encoder.config.use_cache = False  # of decoders; transformers warns of it at every pass
    try:
        yield
    finally:
        encoder.config.use_cache = use_cache
        getattr(encoder, f"{prefix}_disable")()
