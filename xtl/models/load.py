"""Encoder and tokenizer of a backbone, by source, path and revision."""

import os

from transformers import AutoConfig, PreTrainedConfig, PreTrainedTokenizerBase
from transformers.utils import logging as messages

from xtl.models.e5.convert import e5_small_folder
from xtl.models.pretrained import Pretrained, e5_small, hub, hub_tokenizer, tiny
from xtl.models.tiny_encoder import tiny_tokenizer


def route_messages() -> None:
    """Hand messages of transformers to the handlers of this process, and let it draw no bars of its own."""
    # Its own handler writes to the terminal alone, over a bar of xtl and past the file of a run.
    messages.disable_default_handler()
    messages.enable_propagation()
    messages.disable_progress_bar()


def load_backbone(source: str, *, path: str | None = None, revision: str | None = None) -> Pretrained:
    """Encoder and tokenizer.

    Args:
        source: ``hub``, ``e5_small`` or ``tiny``.
        path: Repository of the hub or a folder, for ``hub``.
        revision: Commit or tag of the repository.

    Raises:
        BackboneError: if they are not there.
    """
    match source:
        case "e5_small":
            return e5_small()
        case "tiny":
            return tiny()
        case _:
            return hub(os.path.expanduser(str(path)), revision=revision)  # noqa: PTH111  perhaps no path


def hub_config(path: str, *, revision: str | None = None) -> PreTrainedConfig | None:
    """Sizes of an encoder, without its weights; ``None`` if they cannot be had, as loading it will say.

    Args:
        path: Repository of the hub or a folder.
        revision: Commit or tag of the repository.
    """
    try:
        config: PreTrainedConfig = AutoConfig.from_pretrained(
            os.path.expanduser(path),  # noqa: PTH111  perhaps no path
            revision=revision,
        )
    except (OSError, ValueError):
        return None
    return config


def load_tokenizer(
    source: str, *, path: str | None = None, revision: str | None = None
) -> PreTrainedTokenizerBase:
    """Tokenizer of a backbone, without loading its weights.

    Args:
        source: ``hub``, ``e5_small`` or ``tiny``.
        path: Repository of the hub or a folder, for ``hub``.
        revision: Commit or tag of the repository.

    Raises:
        BackboneError: if it is not there.
    """
    match source:
        case "e5_small":
            return hub_tokenizer(str(e5_small_folder()))
        case "tiny":
            return tiny_tokenizer()
        case _:
            return hub_tokenizer(os.path.expanduser(str(path)), revision=revision)  # noqa: PTH111
