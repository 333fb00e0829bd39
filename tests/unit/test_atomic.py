import json
import os
from pathlib import Path
from unittest.mock import Mock

import pytest
import torch
from safetensors.torch import save_file

from xtl.atomic import PARTIAL, atomic_folder, atomic_write, one_at_a_time, write_json, write_text
from xtl.cache import cache_root, keep_cache_root


def debris(folder):
    return [path.name for path in folder.rglob(f"{PARTIAL}*")]


def fail_halfway(writing, error):
    with writing as temporary:
        half = temporary / "new.bin" if temporary.is_dir() else temporary
        half.write_text("half of the ne")
        raise error


def test_a_file_appears_whole_and_its_folder_with_it(tmp_path):
    path = tmp_path / "a" / "b" / "results.jsonl"
    with atomic_write(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
        assert temporary.parent == path.parent  # one file system, so one rename
    assert path.read_text() == "new"
    assert debris(tmp_path) == []


def test_an_exception_leaves_the_old_file(tmp_path):
    path = tmp_path / "results.jsonl"
    path.write_text("old")
    with pytest.raises(OSError, match="disk full"):
        fail_halfway(atomic_write(path), OSError("disk full"))
    assert path.read_text() == "old"
    assert debris(tmp_path) == []


def test_an_exception_leaves_no_file_where_none_was(tmp_path):
    path = tmp_path / "results.jsonl"
    with pytest.raises(KeyboardInterrupt):
        fail_halfway(atomic_write(path), KeyboardInterrupt())
    assert list(tmp_path.iterdir()) == []


def test_the_old_file_is_readable_until_the_end(tmp_path):
    path = tmp_path / "results.jsonl"
    path.write_text("old")
    with atomic_write(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_files_and_folders_have_the_modes_of_the_umask(tmp_path, mask):
    old = os.umask(mask)
    try:
        write_text(tmp_path / "file", "x")
        with atomic_folder(tmp_path / "folder") as folder:
            save_file({"weight": torch.zeros(2)}, folder / "model.safetensors")  # its owner's alone
            (folder / "inner").mkdir(mode=0o700)
        assert os.umask(mask) == mask  # reading the umask must not change it
    finally:
        os.umask(old)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o666 & ~mask
    assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o777 & ~mask
    assert (tmp_path / "folder/inner").stat().st_mode & 0o777 == 0o777 & ~mask
    assert (tmp_path / "folder/model.safetensors").stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_folder_appears_whole(tmp_path):
    folder = tmp_path / "a" / "model"
    with atomic_folder(folder) as temporary:
        (temporary / "config.json").write_text("{}")
        assert not folder.exists()
    assert [path.name for path in folder.iterdir()] == ["config.json"]
    assert debris(tmp_path) == []


def test_a_folder_is_replaced_not_filled_up(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "old.bin").write_text("old")
    with atomic_folder(folder) as temporary:
        (temporary / "new.bin").write_text("new")
        assert (folder / "old.bin").is_file()
    assert [path.name for path in folder.iterdir()] == ["new.bin"]


def test_an_exception_leaves_the_old_folder(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "old.bin").write_text("old")
    with pytest.raises(OSError, match="disk full"):
        fail_halfway(atomic_folder(folder), OSError("disk full"))
    assert [path.name for path in folder.iterdir()] == ["old.bin"]
    assert debris(tmp_path) == []


def test_text_is_utf8_with_the_line_ends_given(tmp_path):
    write_text(tmp_path / "a.txt", "Straße\r\n北京\n")
    assert (tmp_path / "a.txt").read_bytes() == "Straße\r\n北京\n".encode()


def test_json_ends_in_a_newline_and_keeps_letters(tmp_path):
    write_json(tmp_path / "a.json", {"name": "北京", "n": 1})
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert "北京" in text
    assert json.loads(text) == {"name": "北京", "n": 1}


def test_what_cannot_be_json_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"n": 1})
    with pytest.raises(TypeError):
        write_json(path, {"n": object()})
    assert json.loads(path.read_text()) == {"n": 1}


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("XTL_CACHE", str(tmp_path))
    assert cache_root() == tmp_path
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XTL_CACHE", "~/elsewhere")
    assert cache_root() == tmp_path / "elsewhere"


def test_a_relative_cache_stays_where_the_command_began(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XTL_CACHE", "cache")
    keep_cache_root()
    monkeypatch.chdir("/")
    assert cache_root() == tmp_path / "cache"


@pytest.mark.parametrize("value", [None, ""])
def test_without_it_the_cache_is_the_users(monkeypatch, value):
    monkeypatch.delenv("XTL_CACHE", raising=False)
    if value is not None:
        monkeypatch.setenv("XTL_CACHE", value)
    assert cache_root().name == "xtl"
    assert cache_root() != Path("xtl")
    assert cache_root().is_absolute()


def test_a_full_disk_is_named_by_the_file_that_was_to_be(tmp_path):
    with pytest.raises(OSError, match="File too large") as error:
        fail_halfway(atomic_write(tmp_path / "a.json"), OSError(27, "File too large"))
    assert error.value.filename == str(tmp_path / "a.json")


def test_without_locks_the_work_is_done_all_the_same(tmp_path, monkeypatch):
    with one_at_a_time(tmp_path / "a.lock") as is_held:
        assert is_held
    for error in (OSError(37, "No locks available"), NotImplementedError()):
        monkeypatch.setattr("filelock.FileLock.acquire", Mock(side_effect=error))
        with one_at_a_time(tmp_path / "a.lock") as is_held:
            assert not is_held
