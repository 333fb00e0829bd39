"""The phase store: what a killed process leaves of a phase goes when the phase is stored."""

import errno

import pytest

from xtl.cli.phases import collect
from xtl.errors import CheckpointError
from xtl.store import store as module
from xtl.store.store import PhaseStore


def write(folder):
    (folder / "encoder.safetensors").write_bytes(b"weights")


def test_a_folder_that_was_half_written_goes_when_its_phase_is_stored(tmp_path):
    store = PhaseStore(tmp_path)
    partial = tmp_path / ".partial-1234.abcd"
    partial.mkdir()
    write(partial)
    (tmp_path / ".partial-5678.abcd").mkdir()  # of another phase, which another process may be storing
    store.put("1234", write, {})
    assert store.find("1234") is not None
    assert not partial.exists()
    assert [path.name for path in store.orphans()] == [".partial-5678.abcd"]


def test_what_another_process_writes_meanwhile_stays_when_the_store_is_tidied(tmp_path):
    store = PhaseStore(tmp_path)

    def write_slowly(folder):
        write(folder)
        collect(store, older=None, dry_run=False)  # xtl-phases gc in another terminal
        (folder / "head.safetensors").write_bytes(b"head")

    (tmp_path / ".partial-5678.abcd").mkdir()  # whose process was killed
    store.unfinished("1234").mkdir(parents=True)
    with store.lock("1234"):
        store.put("1234", write_slowly, {})
    assert set(store.find("1234").info["files"]) == {"encoder.safetensors", "head.safetensors"}
    assert not (tmp_path / ".partial-5678.abcd").exists()


@pytest.fixture
def store(tmp_path):
    store = PhaseStore(tmp_path)
    store.put("1234", write, {})
    return store


@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error"), MemoryError()])
@pytest.mark.parametrize("ask", [PhaseStore.find, PhaseStore.set_damaged_aside])
def test_an_entry_that_cannot_be_read_for_now_is_left_alone(store, monkeypatch, error, ask):
    def fail(path):
        raise error

    monkeypatch.setattr(module, "file_digest", fail)
    with pytest.raises(CheckpointError, match=r"1234/encoder\.safetensors: expected a file that can be read"):
        ask(store, "1234")
    monkeypatch.undo()
    assert store.find("1234") is not None
    assert store.orphans() == []


def test_looking_changes_nothing_and_only_damage_is_set_aside(store, caplog):
    store.set_damaged_aside("1234")
    assert store.find("1234") is not None
    (store.root / "1234/encoder.safetensors").write_bytes(b"other")
    assert store.find("1234") is None
    assert (store.root / "1234").is_dir()
    store.set_damaged_aside("1234")
    assert not (store.root / "1234").exists()
    assert "encoder.safetensors is not what was written; set aside as" in caplog.text
    assert (store.root / "1234.damaged-1/encoder.safetensors").read_bytes() == b"other"


def test_leftovers_of_a_phase_that_was_found_go_unless_a_process_is_at_it(store):
    store.unfinished("1234").mkdir(parents=True)
    with store.lock("1234"):
        store.drop_leftovers("1234")
        assert store.unfinished("1234").exists()
    store.drop_leftovers("1234")
    assert not store.unfinished("1234").exists()


def test_a_finished_phase_is_found_without_a_lock(store):
    assert not (store.root / "locks").exists()
    assert store.find("1234") is not None
    assert not (store.root / "locks").exists()
