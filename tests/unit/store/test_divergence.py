from xtl.store.divergence import divergence_path, note_divergence, noted_divergence
from xtl.store.store import PhaseStore


def test_what_is_noted_is_known_and_is_no_entry(tmp_path):
    assert noted_divergence(tmp_path, "key") == ""
    note_divergence(tmp_path, "key", "update 3: got nan")
    assert noted_divergence(tmp_path, "key") == "update 3: got nan"
    assert noted_divergence(tmp_path, "other") == ""
    store = PhaseStore(tmp_path)
    assert (store.keys(), store.orphans(), store.find("key")) == ([], [], None)
    divergence_path(tmp_path, "key").unlink()
    assert noted_divergence(tmp_path, "key") == ""
