"""Examples of large files: read once, the same as those that were parsed, whatever becomes of the cache."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.cells import composed_cell
from xtl.caching.examples import ExampleCache
from xtl.data.splits import Split, Subset
from xtl.data.stored import StoredRows
from xtl.data.subsets import choose_rows, data_digest, ids_digest
from xtl.errors import DataFormatError
from xtl.tasks.build import build_task

ROWS = [
    {"sentence1": f"Der Satz {number}.", "sentence2": "घर" * (number % 3), "gold_label": label}
    for number, label in enumerate(["entailment", "neutral", "-", "contradiction"] * 1100)
]
"""More than a chunk; every fourth has no label, and some have an empty text."""

ROOT = Path(__file__).parents[3]
PROGRAM = """
import os, sys, time
from pathlib import Path
from xtl.caching.example_files import ExampleFile
from xtl.data.stored import Layout
from xtl.types import MaskedLMExample

folder = Path(sys.argv[1])

def examples():
    for number in range(3):
        time.sleep(0.3)
        yield MaskedLMExample(uid=f"t/train/{number}", lang="de", text=f"text {number}")

def read():
    (folder / f"read by {os.getpid()}").touch()
    return examples(), [("left out", "de:t/train/3")]

file = ExampleFile(folder / "examples/f.arrow", Layout.of(MaskedLMExample))
print("ready", flush=True)
sys.stdin.readline()
rows, counted = file.read_or_make(read)
print([row.text for row in rows], counted)
"""
"""Waits for a line, then wants a file of examples; leaves a file if it is this process that reads them."""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write(folder / "xnli/de/train.jsonl", ROWS)
    write(folder / "xnli/fr/train.jsonl", ROWS[:4])
    return folder


def write(path: Path, rows: list[dict]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def opened(root: Path):
    config = composed_cell("target=xnli", "backbone=tiny", "data=local", f"data.root={root}")
    return build_task(config.target, config.data), config.data


def read(root: Path, folder: Path, **settings) -> tuple[Split, dict[str, list[str]]]:
    """Training set by a cache of its own, and what was counted."""
    task, data = opened(root)
    cache = ExampleCache(max_splits=4, folder=folder, **settings)
    return cache.split(task, data, "de", "train"), {**task.skip_counts.take()}


@pytest.fixture(scope="module")
def parsed(root, tmp_path_factory):
    split, counted = read(root, tmp_path_factory.mktemp("unused"), small_bytes=2**40)
    assert isinstance(split.examples, list)
    return split, counted


def test_they_are_those_that_were_parsed(root, parsed, tmp_path, monkeypatch):
    expected, counted = parsed
    assert counted
    for _ in range(2):  # written, then read
        split, counted_now = read(root, tmp_path)
        assert isinstance(split.examples, StoredRows)
        assert list(split.examples) == expected.examples
        assert [split.examples[index] for index in range(0, len(split), 977)] == expected.examples[::977]
        assert (split.digest, list(split.ids), counted_now) == (expected.digest, list(expected.ids), counted)
        monkeypatch.setattr(
            "xtl.data.source.LocalFiles.stream", lambda *_: pytest.fail("it lies in the cache")
        )
    assert [path.suffix for path in sorted(tmp_path.iterdir())] == [".arrow", ".lock"]


@pytest.mark.parametrize("count", [1, 700, None])
def test_subsets_and_their_hashes_are_those_of_parsed_rows(root, parsed, tmp_path, count):
    stored, _ = read(root, tmp_path)
    size = len(stored) if count is None else count
    chosen, expected = (choose_rows({"de": split}, size, data_seed=3) for split in (stored, parsed[0]))
    assert list(chosen[0].indices) == list(expected[0].indices)
    assert list(chosen[0]) == list(expected[0])
    assert ids_digest(chosen) == ids_digest(expected)
    assert data_digest(chosen) == data_digest(expected) == data_digest([as_list(expected[0])])


def as_list(subset: Subset) -> Subset:
    """The same rows as a split of its own, none of it known."""
    return Subset(subset.as_split(), list(range(len(subset))))


def test_a_changed_file_is_read_again(root, tmp_path):
    other = tmp_path / "data"
    write(other / "xnli/de/train.jsonl", ROWS)
    before, _ = read(other, tmp_path / "cache")
    write(other / "xnli/de/train.jsonl", [ROWS[0], {**ROWS[1], "sentence1": "Ein anderer."}, *ROWS[2:]])
    after, _ = read(other, tmp_path / "cache")
    assert (before.examples[0].first, after.examples[0].first) == ("Der Satz 1.", "Ein anderer.")
    assert len(list((tmp_path / "cache").glob("*.arrow"))) == 2


def test_a_damaged_file_is_made_again(root, parsed, tmp_path):
    read(root, tmp_path)
    (file,) = tmp_path.glob("*.arrow")
    file.write_bytes(file.read_bytes()[:-300])
    split, counted = read(root, tmp_path)
    assert (list(split.examples), counted) == (parsed[0].examples, parsed[1])


def refused(*_, **__):
    raise PermissionError(errno.EACCES, "Permission denied")


def test_where_nothing_can_be_written_they_stay_in_memory(root, parsed, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("xtl.atomic.tempfile.mkstemp", refused)
    split, counted = read(root, tmp_path)
    assert (split.examples, counted) == (parsed[0].examples, parsed[1])
    assert f"examples are not kept: {tmp_path}: Permission denied" in caplog.text


def test_examples_that_are_there_need_no_lock_and_no_right_to_write(
    root, parsed, tmp_path, monkeypatch, caplog
):
    read(root, tmp_path)
    next(tmp_path.glob("*.lock")).unlink()
    for step in ("pathlib.Path.mkdir", "pathlib.Path.touch", "filelock.FileLock.acquire"):
        monkeypatch.setattr(step, refused)
    monkeypatch.setattr("xtl.data.source.LocalFiles.stream", lambda *_: pytest.fail("it lies in the cache"))
    split, counted = read(root, tmp_path)
    assert isinstance(split.examples, StoredRows)
    assert (list(split.examples), counted) == (parsed[0].examples, parsed[1])
    assert [path.suffix for path in tmp_path.iterdir()] == [".arrow"]
    assert "not kept" not in caplog.text


def test_each_cell_of_a_process_counts_the_same_also_through_the_file(root, parsed, tmp_path, monkeypatch):
    cache = ExampleCache(max_splits=1, folder=tmp_path)

    def cell() -> Split:
        task, data = opened(root)
        task.skip_counts.add("left out of test: no label", "de:xnli/test/7")
        split = cache.split(task, data, "de", "train")
        assert task.skip_counts.take() == {"left out of test: no label": ["de:xnli/test/7"], **parsed[1]}
        return split

    written = cell()
    assert cell() is written
    cache.split(*opened(root), "fr", "train")  # takes the place of the other one in memory
    monkeypatch.setattr("xtl.data.source.LocalFiles.stream", lambda *_: pytest.fail("it lies in the cache"))
    from_file = cell()
    assert from_file is not written
    assert list(from_file.examples) == parsed[0].examples


def test_of_processes_that_want_the_same_examples_one_reads_them(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path)], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for _ in range(2)
    ]  # fmt: skip
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * 2
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert outputs == ["['text 0', 'text 1', 'text 2'] [('left out', 'de:t/train/3')]\n"] * 2
    assert len(list(tmp_path.glob("read by *"))) == 1


def test_text_that_no_file_can_hold_is_told_as_ever(tmp_path):
    write(tmp_path / "xnli/de/train.jsonl", [*ROWS, {**ROWS[0], "sentence1": "half \ud800"}])
    with pytest.raises(DataFormatError) as told:
        read(tmp_path, tmp_path / "memory", small_bytes=2**40)
    with pytest.raises(DataFormatError) as told_again:
        read(tmp_path, tmp_path / "cache")
    assert str(told.value) == str(told_again.value)
    assert list((tmp_path / "cache").glob("*.arrow")) == []


def test_rows_that_are_wrong_are_told_as_ever_and_nothing_is_kept(tmp_path):
    write(tmp_path / "xnli/de/train.jsonl", [*ROWS, {**ROWS[0], "gold_label": "perhaps"}])
    with pytest.raises(DataFormatError, match="perhaps"):
        read(tmp_path, tmp_path / "cache")
    assert list((tmp_path / "cache").glob("*.arrow")) == []
