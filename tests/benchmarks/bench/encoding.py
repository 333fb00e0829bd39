"""Text to sub-words: pairs of sentences from a file, read and encoded, by xtl or by the datasets library."""

import json
import resource
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.benchmarks.processes import Setting

PAIRS = 392_702
"""Pairs of XNLI's training set in one language."""

QUICK_PAIRS = 20_000

_BATCH, _MAX_LEN = 32, 128


def convert_weights(setting: Setting) -> dict[str, Any]:
    """Convert the weights of e5_small, which takes memory that no measurement is to count."""
    from xtl.models import e5_small_folder

    return {"folder": str(e5_small_folder())}


def encode(
    setting: Setting,
    *,
    share: float = 1.0,
    langs: tuple[str, ...] = ("en",),
    library: bool = False,
    warm: bool = False,
) -> dict[str, Any]:
    """Pairs a second, from the files to the first batch.

    Args:
        setting: Folder, and whether fewer pairs will do.
        share: Share of the pairs that each language has.
        langs: Languages, which have the same pairs.
        library: Whether the datasets library does it, with the same tokenizer.
        warm: Whether an earlier run, which is not timed, has left a cache.
    """
    count = round(share * (QUICK_PAIRS if setting.quick else PAIRS))
    from xtl.models.load import load_tokenizer

    name = f"encoding-{'datasets' if library else 'xtl'}"
    folder = setting.folder / "work" / f"{name}-{'warm' if warm else time.monotonic_ns()}"
    root = setting.folder / "work" / f"pairs-{count}"
    paths = [root / "xnli" / lang / "train.jsonl" for lang in langs]
    for path in paths:
        write_pairs(path, count)
    tokenizer = load_tokenizer("e5_small")
    import_module("datasets" if library else "xtl.api.data_module")  # starting is another case
    work = _library if library else _xtl
    if warm:
        work(paths, folder, tokenizer)
    begin = time.perf_counter()
    first = work(paths, folder, tokenizer)
    seconds = time.perf_counter() - begin
    return {
        "rate": count * len(langs) / seconds,
        "seconds": seconds,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "rows": count * len(langs),
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


def _xtl(paths: Sequence[Path], folder: Path, tokenizer: Any) -> int:
    """Rows of the first batch."""
    import os

    from xtl import XtlDataModule

    os.environ["XTL_CACHE"] = str(folder)
    langs = [path.parent.name for path in paths]
    settings = {"root": paths[0].parents[2], "lang": langs, "tokenizer": tokenizer, "batch_size": _BATCH}
    data = XtlDataModule("xnli", overrides=[f"target.max_len={_MAX_LEN}"], **settings)
    data.setup("fit")
    return len(next(iter(data.train_dataloader()))["input_ids"])


def _library(paths: Sequence[Path], folder: Path, tokenizer: Any) -> int:
    """Rows of the first batch."""
    from datasets import load_dataset

    def encoded(batch: dict[str, list[str]]) -> Any:
        return tokenizer(batch["premise"], batch["hypothesis"], truncation=True, max_length=_MAX_LEN)

    files = list(map(str, paths))
    rows = load_dataset("json", data_files=files, split="train", cache_dir=str(folder))
    rows = rows.map(encoded, batched=True)
    return len(rows[:_BATCH]["input_ids"])
