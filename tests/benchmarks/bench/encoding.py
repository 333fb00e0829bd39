"""Text to sub-words: pairs of sentences from a file, read and encoded, by xtl or by the datasets library."""

import json
import resource
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.benchmarks.processes import Setting

PAIRS = 20_000

_BATCH, _MAX_LEN = 32, 128


def encode(count: int, setting: Setting, *, library: bool = False, warm: bool = False) -> dict[str, Any]:
    """Pairs a second, from the file to the first batch.

    Args:
        count: Number of pairs.
        setting: Folder.
        library: Whether the datasets library does it, with the same tokenizer.
        warm: Whether an earlier run, which is not timed, has left a cache.
    """
    from xtl.models.load import load_tokenizer

    name = f"encoding-{'datasets' if library else 'xtl'}"
    folder = setting.folder / "work" / f"{name}-{'warm' if warm else time.monotonic_ns()}"
    root = setting.folder / "work" / f"pairs-{count}"
    path = root / "xnli" / "en" / "train.jsonl"
    write_pairs(path, count)
    tokenizer = load_tokenizer("e5_small")
    import_module("datasets" if library else "xtl.api.data_module")  # starting is another case
    work = _library if library else _xtl
    if warm:
        work(root, path, folder, tokenizer)
    begin = time.perf_counter()
    first = work(root, path, folder, tokenizer)
    seconds = time.perf_counter() - begin
    return {
        "rate": count / seconds,
        "seconds": seconds,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "rows": count,
        "first_batch": first,
    }


def write_pairs(path: Path, count: int) -> None:
    """Write pairs of pocket, with a number each that makes them unlike, unless they are there."""
    from xtl import pocket

    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    made = pocket.examples("pocket_nli", "en", split="train", size=1000)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        for number in range(count):
            example = made[number % len(made)]
            pair = {"premise": f"{example.first} {number}", "hypothesis": example.second, "label": "neutral"}
            file.write(json.dumps(pair) + "\n")
    part.replace(path)


def _xtl(root: Path, path: Path, folder: Path, tokenizer: Any) -> int:
    """Rows of the first batch."""
    import os

    from xtl import XtlDataModule

    os.environ["XTL_CACHE"] = str(folder)
    settings = {"root": root, "lang": "en", "tokenizer": tokenizer, "batch_size": _BATCH}
    data = XtlDataModule("xnli", overrides=[f"target.max_len={_MAX_LEN}"], **settings)
    data.setup("fit")
    return len(next(iter(data.train_dataloader()))["input_ids"])


def _library(root: Path, path: Path, folder: Path, tokenizer: Any) -> int:
    """Rows of the first batch."""
    from datasets import load_dataset

    def encoded(batch: dict[str, list[str]]) -> Any:
        return tokenizer(batch["premise"], batch["hypothesis"], truncation=True, max_length=_MAX_LEN)

    rows = load_dataset("json", data_files=str(path), split="train", cache_dir=str(folder))
    rows = rows.map(encoded, batched=True)
    return len(rows[:_BATCH]["input_ids"])
