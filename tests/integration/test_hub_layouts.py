"""How a repository may lay out its files: read from the hub, and then from its cache, as one and the same."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from tests.helpers.hub_server import folder_of, hub_server, point_at
from xtl.data.hub.errors import Address
from xtl.data.hub.files import load_split
from xtl.errors import DataFormatError, DataNotFoundError

EXPORT = "refs/convert/parquet"


def _rows(count, start=0):
    return [{"text": f"t{number}, x", "label": number % 2} for number in range(start, start + count)]


def _lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def _csv(rows, separator):
    texts = [f'"{row["text"]}"' if separator == "," else row["text"] for row in rows]
    lines = [f"{text}{separator}{row['label']}" for text, row in zip(texts, rows, strict=True)]
    return "\n".join([f"text{separator}label", *lines]) + "\n"


def _card(**config):
    return {"configs": [{"config_name": "de", **config}, {"config_name": "fr", "data_files": "fr.csv"}]}


def _files(pattern):
    return _card(data_files=[{"split": "train", "path": pattern}])


PARTS = {f"de/train-0000{part}-of-00003.parquet": _rows(2, 2 * part) for part in range(3)}
LAYOUTS = {
    "parts": (_files("de/train-*"), PARTS),
    "several patterns": (_card(data_files=[{"split": "train", "path": [*PARTS]}]), PARTS),
    "tab": (
        _card(sep="\t", data_files=[{"split": "train", "path": "de.tsv"}]),
        {"de.tsv": _csv(_rows(6), "\t")},
    ),
    "tab by its ending": (_files("de.tsv"), {"de.tsv": _csv(_rows(6), "\t")}),
    "semicolon": (
        _card(sep=";", data_files=[{"split": "train", "path": "de.csv"}]),
        {"de.csv": _csv(_rows(6), ";")},
    ),
    "compressed": (_files("de.jsonl.gz"), {"de.jsonl.gz": gzip.compress(_lines(_rows(6)).encode())}),
    "field": (
        _card(field="data", data_files=[{"split": "train", "path": "de.json"}]),
        {"de.json": json.dumps({"version": 1, "data": _rows(6)})},
    ),
    "folder": (_card(data_dir="de"), {"de/train.jsonl": _lines(_rows(6)), "de/test.jsonl": _lines(_rows(1))}),
    "some parts alone": (
        _files("de/train-00001-of-00003.parquet"),
        {"de/train-00001-of-00003.parquet": _rows(6)},
    ),
    "a folder": (_files("de/**"), {"de/rows.jsonl": _lines(_rows(6))}),
    "beside other files": (_files("de/*"), {"de/rows.jsonl": _lines(_rows(6)), "de/LICENSE": "Free."}),
    "two files of a split": (
        _card(data_dir="de"),
        {"de/train.jsonl": _lines(_rows(3)), "de/train_2.jsonl": _lines(_rows(3, 3))},
    ),
    "one file without a name": (_card(data_dir="de"), {"de/rows.jsonl": _lines(_rows(6))}),
    "keys of no reader": (
        _card(language="de", data_files=[{"split": "train", "path": "de.jsonl"}]),
        {"de.jsonl": _lines(_rows(6))},
    ),
    "pattern without a split": (_card(data_files="de/*.parquet"), {"de/0.parquet": _rows(6)}),
}
"""Card and files of repositories that all hold the same six rows."""


def _write(root, name, card, files, revision="main"):
    folder = folder_of(root, name, revision)
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            file.write_text(content)
        elif isinstance(content, bytes):
            file.write_bytes(content)
        else:
            pq.write_table(pa.Table.from_pylist(content), file)
    if card:
        (folder / "README.md").write_text(f"---\n{yaml.safe_dump(card)}---\n")


def _read(name, config="de", revision="main", split="train"):
    return [row for rows in load_split(Address(name, config, revision, split)).batches(100) for row in rows]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch):
    with hub_server(tmp_path / "hub") as server:
        point_at(server.endpoint, tmp_path / "cache", monkeypatch)
        yield tmp_path / "hub"


@pytest.fixture
def offline(tmp_path, monkeypatch):
    return lambda: point_at("", tmp_path / "cache", monkeypatch)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_is_read_from_the_hub_and_from_its_cache(layout, hub, offline):
    from huggingface_hub import snapshot_download

    card, files = LAYOUTS[layout]
    _write(hub, "me/data", card, {**files, "fr.csv": _csv(_rows(3), ",")})
    is_text = any(name.endswith(("csv", "tsv")) for name in files)  # nothing says what its columns are
    expected = [{**row, "label": str(row["label"])} for row in _rows(6)] if is_text else _rows(6)
    assert _read("me/data") == expected
    snapshot_download("me/data", repo_type="dataset")
    offline()
    assert _read("me/data") == expected


def test_parquet_files_that_the_hub_made_are_read_from_its_cache(hub, offline):
    _write(
        hub, "me/data", None, {f"de/train/000{part}.parquet": _rows(3, 3 * part) for part in (0, 1)}, EXPORT
    )
    assert _read("me/data", revision=EXPORT) == _rows(6)
    offline()
    assert _read("me/data", revision=EXPORT) == _rows(6)
    with pytest.raises(DataNotFoundError, match="found it in neither"):
        _read("me/data", revision=EXPORT, config="fr")


def test_a_repository_without_a_card(hub, offline):
    from huggingface_hub import snapshot_download

    _write(hub, "me/data", None, {"data/train-00000-of-00001.parquet": _rows(6)})
    assert _read("me/data", config="default") == _rows(6)
    snapshot_download("me/data", repo_type="dataset")
    offline()
    assert _read("me/data", config="default") == _rows(6)
    with pytest.raises(DataNotFoundError):  # not the rows of all languages for each
        _read("me/data", config="fr")


@pytest.mark.parametrize("revision", ["main", EXPORT])
def test_some_parts_of_a_split_in_the_cache_are_not_the_split(revision, hub, offline):
    from huggingface_hub import hf_hub_download

    exported = {f"de/train/000{part}.parquet": _rows(2, 2 * part) for part in range(3)}
    files = exported if revision == EXPORT else PARTS
    _write(hub, "me/data", None if revision == EXPORT else _files("de/train-*"), files, revision)
    names = [[*files][1], *(["README.md"] if revision == "main" else [])]
    for name in names:
        hf_hub_download("me/data", name, repo_type="dataset", revision=revision)
    offline()
    with pytest.raises(DataFormatError, match=r"a part of one \(1 of [23] parts\); .*hf download"):
        _read("me/data", revision=revision)


def test_a_snapshot_that_broke_off_is_not_whole(hub, offline):
    from huggingface_hub import snapshot_download

    files = {"de/train/0000.parquet": _rows(2), "de/train/0001.parquet": _rows(2, 2)}
    _write(hub, "me/data", None, files, EXPORT)
    folder = snapshot_download("me/data", repo_type="dataset", revision=EXPORT)
    (Path(folder) / "de/train/0001.parquet").unlink()
    offline()
    with pytest.raises(DataFormatError, match=r"1 of its parts, and not all"):
        _read("me/data", revision=EXPORT)


def test_words_that_pandas_takes_for_nothing_are_words(hub):
    words = ["None", "null", "NA", "N/A", "nan"]
    _write(
        hub,
        "me/data",
        _files("de.csv"),
        {"de.csv": "text,label\n" + "".join(f"{word},0\n" for word in words)},
    )
    assert [row["text"] for row in _read("me/data")] == words


def test_an_empty_cell_far_below_changes_no_other_row(hub):
    lines = [f"t{number},{number}" for number in range(10_010)]  # more than are looked at to guess a type
    _write(hub, "me/data", _files("de.csv"), {"de.csv": "\n".join(["text,label", *lines, "last,"]) + "\n"})
    rows = _read("me/data")
    assert (len(rows), rows[3], rows[-1]) == (
        10_011, {"text": "t3", "label": "3"}, {"text": "last", "label": ""},
    )  # fmt: skip
