"""The phase store: what a killed process leaves of a phase goes when the phase is stored."""

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
