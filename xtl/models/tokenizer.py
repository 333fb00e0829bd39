"""How every backbone's tokenizer reads text: letters composed first, and no special token made of words."""

import hashlib
import json
import re
from collections.abc import Sequence

from tokenizers import Encoding, Regex, normalizers
from transformers import PreTrainedTokenizerBase

from xtl.errors import BackboneError

XLMR_SPECIAL_TOKENS = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    "cls_token": "<s>",
    "unk_token": "<unk>",
    "pad_token": "<pad>",
    "mask_token": "<mask>",
}
"""Special tokens of XLM-R's tokenizer by their role."""

_COMPOSING = ("NFC", "NFKC")
"""Normalisers of the library ``tokenizers`` after which a letter and its marks are one character."""


def prepare_tokenizer(tokenizer: PreTrainedTokenizerBase) -> PreTrainedTokenizerBase:
    """Change a tokenizer so that it reads what stands in a text, and nothing else.

    Text is put into NFC before the tokenizer's own normaliser: that of XLM-R (SentencePiece's ``nmt_nfkc``)
    drops tone marks that stand alone (Vietnamese in NFD, Yoruba as MasakhaNER has it). Offsets stay those of
    the text that was given. A word that spells a special token, such as ``<s>``, becomes sub-words like any
    other; calls with ``split_special_tokens=False`` still read special tokens. A tokenizer that was saved
    after this and loaded again is changed no further.

    Args:
        tokenizer: Fast tokenizer; it is changed in place.
    """
    backend = tokenizer.backend_tokenizer
    if not _composes(backend.normalizer):
        own = [backend.normalizer] if backend.normalizer is not None else []
        backend.normalizer = normalizers.Sequence([normalizers.NFC(), *own])
    # Set here, not in the file: other programs that load a saved tokenizer may want its special tokens.
    tokenizer.split_special_tokens = True
    made = [name for name in tokenizer.all_special_tokens if _makes(tokenizer, name)]
    if made:
        backend.normalizer = normalizers.Sequence([backend.normalizer, _parting(made)])
    return tokenizer


def encode_texts(
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    pairs: Sequence[str] | None = None,
    *,
    max_len: int | None = None,
    special_tokens: bool = True,
) -> list[Encoding]:
    """Sub-words of texts: those of ``tokenizer(texts, pairs)``, in three quarters of its CPU time.

    Offsets are not computed, and nothing is copied that is not asked for.

    Args:
        tokenizer: Fast tokenizer.
        texts: Texts, or the first one of each pair.
        pairs: Second texts; ``None``: there are none.
        max_len: Most sub-words; of a pair, the longer text is cut first. ``None``: nothing is cut.
        special_tokens: Whether special tokens stand around the texts, and count for ``max_len``.

    Returns:
        Encoding of each text or pair: sub-words (``ids``), ``special_tokens_mask``, and what was cut off
        (``overflowing``).
    """
    backend = tokenizer.backend_tokenizer
    backend.encode_special_tokens = tokenizer.split_special_tokens
    backend.no_padding()
    if max_len is None:
        backend.no_truncation()
    else:
        backend.enable_truncation(max_len, strategy="longest_first", direction=tokenizer.truncation_side)
    inputs = list(texts) if pairs is None else list(zip(texts, pairs, strict=True))
    encodings: list[Encoding] = backend.encode_batch_fast(inputs, add_special_tokens=special_tokens)
    return encodings


def word_prefix(tokenizer: PreTrainedTokenizerBase) -> str:
    """What stands before a word that is tokenised alone, so that it has the pieces of a word within a text.

    A space for tokenizers whose pieces hold the space before a word, such as RoBERTa's and Gemma's; nothing
    for those that mark the beginning of every text, such as XLM-R's, or parts within a word, such as BERT's.

    Args:
        tokenizer: Fast tokenizer.
    """
    texts = ["a b", "a", "b", " b"]
    together, first, alone, spaced = (
        encoding.ids for encoding in encode_texts(tokenizer, texts, special_tokens=False)
    )
    return " " if together == first + spaced != first + alone else ""


def begin_like_words(tokenizer: PreTrainedTokenizerBase) -> None:
    """Let a tokenizer put before each text what :func:`word_prefix` puts before a word.

    Args:
        tokenizer: Fast tokenizer; it is changed in place.
    """
    prefix, backend = word_prefix(tokenizer), tokenizer.backend_tokenizer
    if prefix:
        before = [] if backend.normalizer is None else [backend.normalizer]
        # First: a step after it may make another character of a space.
        backend.normalizer = normalizers.Sequence([normalizers.Prepend(prefix), *before])


def special_id(tokenizer: PreTrainedTokenizerBase, *roles: str) -> int:
    """Id of the special token of the first of some roles that a tokenizer has.

    Args:
        tokenizer: Tokenizer.
        roles: Roles, such as ``bos`` and ``cls``: BERT's tokenizers have the second one alone.

    Raises:
        BackboneError: if it has none of them.
    """
    ids = [getattr(tokenizer, f"{role}_token_id") for role in roles]
    number = next((id_ for id_ in ids if id_ is not None), None)
    if number is None:
        name = tokenizer.name_or_path or type(tokenizer).__name__
        raise BackboneError(
            f"{name}: expected a tokenizer with a special token as {' or '.join(roles)}_token, got none; "
            "name it in tokenizer_config.json, or use another encoder, such as XLM-R"
        )
    return int(number)


def tokenizer_digest(tokenizer: PreTrainedTokenizerBase) -> str:
    """Hash of all that a tokenizer does, as the installed versions of its libraries describe it."""
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()  # what the last call left there is no part of it, and set at every call
    backend.no_padding()
    description = f"{backend.to_str()}{tokenizer.special_tokens_map}{word_prefix(tokenizer)}"
    return hashlib.sha256(description.encode()).hexdigest()


def _composes(normalizer: normalizers.Normalizer | None) -> bool:
    """Whether a normaliser composes letters before it does anything else to them."""
    if normalizer is None:
        return False
    first = json.loads(normalizer.__getstate__())
    while first["type"] == "Sequence" and first["normalizers"]:
        first = first["normalizers"][0]
    return first["type"] in _COMPOSING


def _makes(tokenizer: PreTrainedTokenizerBase, name: str) -> bool:
    """Whether the model itself makes a special token of a text that spells it: Unigram has it as a piece."""
    backend = tokenizer.backend_tokenizer
    backend.encode_special_tokens = True  # until the tokenizer's next call, which sets it itself
    backend.no_padding()
    return tokenizer.convert_tokens_to_ids(name) in backend.encode(name, add_special_tokens=False).ids


def _parting(names: list[str]) -> normalizers.Normalizer:
    """Normaliser that puts a space behind the first character of each of ``names``."""
    # Only that character is replaced: offsets of a longer match would all point at its last character.
    firsts = {name[0] for name in names}
    return normalizers.Sequence(
        [
            normalizers.Replace(Regex(f"{re.escape(first)}(?={'|'.join(_rests(names, first))})"), f"{first} ")
            for first in sorted(firsts)
        ]
    )


def _rests(names: list[str], first: str) -> list[str]:
    return [re.escape(name[1:]) for name in names if name[0] == first]
