"""Encoder and tokenizer of a backbone, by source, path and revision."""

import hashlib
import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from huggingface_hub.utils import (  # type: ignore[attr-defined]  # not named in its __all__
    are_progress_bars_disabled,
    disable_progress_bars,
    enable_progress_bars,
)
from transformers import AutoConfig, PreTrainedConfig, PreTrainedTokenizerBase
from transformers.utils import logging as messages
from transformers.utils.hub import cached_file

from xtl.models.backbone import HFBackbone
from xtl.models.e5.convert import e5_small_folder
from xtl.models.pretrained import Pretrained, e5_small, hub, hub_tokenizer, tiny
from xtl.models.tiny_encoder import tiny_tokenizer
from xtl.models.tokenizer import tokenizer_digest, word_prefix

_NOT_COMPUTING = {
    "config.json": {
        "architectures", "auto_map", "bos_token_id", "classifier_dropout", "dtype", "eos_token_id",
        "id2label", "label2id", "name_or_path", "problem_type", "torch_dtype", "transformers_version",
        "use_cache",
    },
    "tokenizer_config.json": {
        "backend", "cache_dir", "is_local", "local_files_only", "model_max_length", "name_or_path",
        "special_tokens_map_file", "tokenizer_file", "transformers_version",
    },
    "tokenizer.json": {"padding", "truncation", "version"},
}  # fmt: skip
"""Fields that say nothing of states or sub-words, by file. What transformers writes there by itself hangs on
its version and on where the files were, and its heads are not used."""


def route_messages() -> None:
    """Hand messages of transformers to the handlers of this process, and let it draw no bars of its own."""
    # Its own handler writes to the terminal alone, over a bar of xtl and past the file of a run.
    messages.disable_default_handler()
    messages.enable_propagation()
    messages.disable_progress_bar()


@contextmanager
def messages_put_back() -> Iterator[None]:
    """Leave messages and bars of transformers after the block as they were before it."""
    library = messages.get_logger("transformers")  # which gets its own handler here, if not before
    handlers, propagates = [*library.handlers], library.propagate
    draws, hub_draws = messages.is_progress_bar_enabled(), not are_progress_bars_disabled()
    try:
        yield
    finally:
        for handler in handlers:
            library.addHandler(handler)
        library.propagate = propagates
        with warnings.catch_warnings(action="ignore"):  # of bars that the environment decides about
            if draws:
                messages.enable_progress_bar()
            (enable_progress_bars if hub_draws else disable_progress_bars)()


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


def pretrained_digest(
    pretrained: Pretrained, source: str, *, path: str | None = None, revision: str | None = None
) -> str:
    """Hash of all that decides what training makes of a backbone, as :func:`load_backbone` gave it.

    Configs are hashed as their files have them, not as the installed transformers fills them up: another
    version of it gives the same hash.

    Args:
        pretrained: Encoder as it was pretrained, and its tokenizer.
        source: ``hub``, ``e5_small`` or ``tiny``.
        path: Repository of the hub or a folder, for ``hub``.
        revision: Commit or tag of the repository.
    """
    weights = weights_digest(pretrained.backbone)
    if source != "hub":  # config and tokenizer of those that come with a package are always the same
        return weights
    settings = {name: _file_content(name, str(path), revision) for name in _NOT_COMPUTING}
    tokenizer = pretrained.tokenizer
    if settings["tokenizer.json"] is None:  # transformers made it from files of another format
        settings["tokenizer.json"] = tokenizer_digest(tokenizer)
    ids = [
        getattr(tokenizer, f"{role}_token_id") for role in ("bos", "eos", "cls", "sep", "unk", "pad", "mask")
    ]
    # How words are tokenised alone, and which text of a pair a token is of, are no part of the files.
    prefixes = [prefix] if (prefix := word_prefix(tokenizer)) else []
    separator = pretrained.backbone.separator
    segments = [] if separator is None else [{"separator": separator}]
    parts = json.dumps([weights, settings, ids, *prefixes, *segments], sort_keys=True)
    return hashlib.sha256(parts.encode()).hexdigest()


def weights_digest(backbone: HFBackbone) -> str:
    """Hash the names and values of all weights of an encoder, and of the output layer that came with it."""
    digest = hashlib.sha256()
    for name, weight in sorted({**backbone.state_dict(), **(backbone.language_head or {})}.items()):
        digest.update(name.encode("utf-8"))
        digest.update(memoryview(weight.detach().cpu().contiguous().numpy()).cast("B"))
    return digest.hexdigest()


def _file_content(name: str, path: str, revision: str | None) -> Any:  # noqa: ANN401  any JSON
    """Content of a JSON file of a backbone without what computes nothing; ``None``: it has none."""
    file = cached_file(
        os.path.expanduser(path),  # noqa: PTH111  perhaps no path
        name,
        revision=revision,
        _raise_exceptions_for_missing_entries=False,
        _raise_exceptions_for_connection_errors=False,
    )
    if file is None:
        return None
    content = json.loads(Path(file).read_text(encoding="utf-8"))
    left_out = _NOT_COMPUTING[name]
    return {key: value for key, value in content.items() if key not in left_out and not key.startswith("_")}


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
