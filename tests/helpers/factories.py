"""Small builders that several tests share. Each gives a valid thing; a test changes what it is about."""

import io
import struct
from collections.abc import Mapping, Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from xtl.results import Result, from_line
from xtl.tasks.tagging.collate import TaggingCollator
from xtl.tasks.tagging.encode import SpecialIds, encode_tagging
from xtl.tasks.tagging.types import TaggingBatch, TaggingFeature
from xtl.types import TaggingExample

SPECIAL = SpecialIds(prefix=(0,), suffix=(2,), unknown=3)
"""Special ids of XLM-R's tokenizer."""

PAD = 1


def example(words: Sequence[str], tags: Sequence[str], *, uid: str = "udpos/test/0") -> TaggingExample:
    """Make one sentence."""
    return TaggingExample(uid=uid, lang="en", words=tuple(words), tags=tuple(tags))


def features(sentences, tokenizer, tags: Sequence[str], *, max_len: int = 32) -> list[TaggingFeature]:
    """Encode (words, tags) pairs, each word alone; uids are s0, s1, ..."""
    label_ids = {tag: index for index, tag in enumerate(tags)}
    encoded = []
    for number, (words, gold) in enumerate(sentences):
        ids = tokenizer(list(words), add_special_tokens=False)["input_ids"]
        sentence = example(words, gold, uid=f"s{number}")
        encoded += encode_tagging(sentence, ids, label_ids=label_ids, special=SPECIAL, max_len=max_len)
    return encoded


def batch(members: Sequence[TaggingFeature]) -> TaggingBatch:
    """Collate features as training does."""
    return TaggingCollator(pad_id=PAD)(members)


def table_text(table: Table, *, width: int = 140) -> str:
    """Print a table as a terminal of a width shows it."""
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(table)
    return console.export_text()


def table_words(table: Table) -> list[list[str]]:
    """The words of each line of a printed table, without its rules."""
    return [line.split() for line in table_text(table).splitlines() if line.strip(" \u2500")]


def result(**changed) -> Result:
    """Make one result, changed in fields of its line of JSON."""
    return from_line(
        {
            "task": "udpos",
            "lang": "de",
            "split": "test",
            "metric": "accuracy",
            "value": 80.0,
            "n": 1000,
            "cell": "c" * 16,
            "rule": "best_validation",
            "train_task": "udpos",
            "train_lang": "en",
            "train_rows": 2001,
            "train_ids": "f" * 16,
            "train_budget": "epochs:2",
            "shots": 0,
            "intermediate_task": "",
            "intermediate_lang": "",
            "intermediate_rows": 0,
            "intermediate_fraction": 0.0,
            "intermediate_ids": "",
            "intermediate_budget": "",
            "phase_key": "0123456789ab",
            "recipe": "small",
            "tuning": "full",
            "seed": 1,
            "data_seed": 0,
            "backbone": "tiny",
            "commit": "0" * 40,
            "version": "0.1.0",
            "device": "cpu",
            "seconds": 1.5,
            "tokens": 12345,
            **changed,
        }
    )


def conllu(*rows: str) -> str:
    """Write one CoNLL-U sentence from rows ``ID FORM UPOS HEAD``, spaces between; HEAD may be missing."""
    lines = []
    for row in rows:
        id_, form, upos, head = (*row.split(), "0")[:4]
        lines.append("\t".join([id_, form, "_", upos, "_", "_", head, "_", "_", "_"]))
    return "\n".join(lines) + "\n\n"


Tensors = Mapping[str, tuple[np.ndarray, bytes]]
"""Name to the values that must come out, and the bytes that go in."""


def float32(shape: tuple[int, ...], seed: int) -> tuple[np.ndarray, bytes]:
    """Draw a float32 tensor."""
    values = np.random.default_rng(seed).normal(scale=0.1, size=shape).astype("<f4")
    return values, values.tobytes()


def q4_0(shape: tuple[int, ...], seed: int) -> tuple[np.ndarray, bytes]:
    """Draw a tensor of 4-bit blocks, written value by value: (nibble - 8) x scale, low nibbles first."""
    rng = np.random.default_rng(seed)
    values, blocks = [], b""
    for _ in range(int(np.prod(shape)) // 32):
        scale = float(rng.choice([0.25, 0.5, 0.0625]))  # powers of two, exact as float16
        nibbles = [int(nibble) for nibble in rng.integers(0, 16, 32)]
        values += [(nibble - 8) * scale for nibble in nibbles]
        packed = [low | high << 4 for low, high in zip(nibbles[:16], nibbles[16:], strict=True)]
        blocks += struct.pack("<e16B", scale, *packed)
    return np.array(values, np.float32).reshape(shape), blocks


def e5_tensors(
    *, hidden: int = 32, vocab: int = 12, num_layers: int = 1
) -> dict[str, tuple[np.ndarray, bytes]]:
    """Draw all tensors of a small E5S1 file: matrices in 4 bits, the rest in float32."""
    inner = 2 * hidden
    tensors = {
        "emb.word": q4_0((vocab, hidden), 1),
        "emb.pos": q4_0((512, hidden), 2),
        "emb.type": float32((2, hidden), 3),
        "emb.ln.w": float32((hidden,), 4),
        "emb.ln.b": float32((hidden,), 5),
    }
    shapes = {"q": (hidden, hidden), "k": (hidden, hidden), "v": (hidden, hidden), "ao": (hidden, hidden)}
    shapes |= {"fi": (inner, hidden), "fo": (hidden, inner), "aln": (hidden,), "oln": (hidden,)}
    for layer in range(num_layers):
        for number, (name, shape) in enumerate(shapes.items()):
            draw = q4_0 if len(shape) == 2 else float32
            tensors[f"l{layer}.{name}.w"] = draw(shape, 100 * layer + 10 + number)
            tensors[f"l{layer}.{name}.b"] = float32(shape[:1], 100 * layer + 50 + number)
    return tensors


E5_PIECES = (
    ("<s>", 0.0),
    ("<pad>", 0.0),
    ("</s>", 0.0),
    ("<unk>", 0.0),
    ("▁", -3.0),
    ("a", -4.0),
    ("b", -4.0),
    ("▁ab", -5.0),
    ("é", -4.0),
    ("<mask>", 0.0),
)
"""Unigram pieces of the small file; its table has two rows more."""

E5_NORMALISED = {"\u200b": " ", "\u0007": "", "\uff21": "A"}
"""Part of XLM-R's map: a zero-width space becomes a space, a bell goes, a wide letter becomes narrow."""


def e5_bytes(
    tensors: Tensors,
    *,
    hidden: int = 32,
    vocab: int = 12,
    num_layers: int = 1,
    magic: bytes = b"E5S1",
    version: int = 1,
) -> bytes:
    """Write an E5S1 file."""
    texts = [piece.encode() for piece, _ in E5_PIECES]
    ends = np.cumsum([0, *map(len, texts)]).astype("<u4")
    mapping = b"".join(
        struct.pack(f"<IB{len(target)}I", ord(source), len(target), *map(ord, target))
        for source, target in E5_NORMALISED.items()
    )
    sizes = (hidden, num_layers, 4, 2 * hidden, vocab, 512, 2)
    head = struct.pack("<4sI7ifi5iQ", magic, version, *sizes, 1e-12, 32, len(texts), 0, 2, 1, 3, ends[-1])
    head += (
        ends.tobytes() + struct.pack(f"<{len(texts)}f", *(score for _, score in E5_PIECES)) + b"".join(texts)
    )
    head += struct.pack("<iI", len(E5_NORMALISED), len(mapping)) + mapping
    index_size = 4 + sum(2 + len(name) + 21 for name in tensors)
    index, body = struct.pack("<i", len(tensors)), b""
    for name, (values, data) in tensors.items():
        offset = len(head) + index_size + len(body)
        is_float = len(data) == 4 * values.size
        index += struct.pack("<H", len(name)) + name.encode()
        index += struct.pack("<BIQQ", 0 if is_float else 2, values.size, offset, len(data))
        body += data
    return head + index + body
