"""Several users of one cache: processes of a second user, which root alone can start."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.helpers.cells import tiny_cell
from tests.helpers.commands import ended, start_cell
from tests.helpers.corpus import write_split
from tests.helpers.runs import phase_summaries
from xtl import config, results

NOBODY = 65534

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="root alone can start processes of other users"
)


@pytest.fixture
def shared():
    """A folder that all users may read, unlike those of pytest: data, and a cache with a phase of root's."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    for lang, split in (("en", "train"), ("en", "validation"), ("de", "test")):
        write_split(folder / "data", lang, split, range(8))
    assert run(folder, "of_root")[0] == 0
    yield folder
    shutil.rmtree(folder)


def run(folder: Path, name: str, *overrides: str, user: int | None = None) -> tuple[int, str]:
    """Exit status and log of a cell."""
    cell = tiny_cell(folder / "data", "target.recipe.epochs=1", "trainer.save_encoder=false", *overrides)
    run_folder = folder / name
    run_folder.mkdir()
    (run_folder / "config.yaml").write_text(config.dump(cell), encoding="utf-8")
    if user is not None:
        shutil.chown(run_folder, user, user)
    status = ended(start_cell(run_folder, folder / "cache", user=user))
    return status, (run_folder / "log.txt").read_text()


def modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mode & 0o777 for path in folder.rglob("*")}


def test_a_phase_that_one_user_trained_another_reads(shared):
    before = {path: path.stat().st_mtime_ns for path in (shared / "cache").rglob("*") if path.is_file()}
    status, log = run(shared, "of_nobody", user=NOBODY)
    assert status == 0, log
    assert phase_summaries(shared / "of_nobody")[0]["reused"]
    first, second = (results.read(shared / name / "results.jsonl") for name in ("of_root", "of_nobody"))
    assert [line.value for line in first] == [line.value for line in second]
    assert "features are not kept" not in log
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_phase_that_cannot_be_written_is_said_before_it_is_trained(shared):
    status, log = run(shared, "of_nobody", "seed=2", user=NOBODY)
    assert status == 1
    assert "expected a phase store to write phase" in log
    assert "Permission denied. Set XTL_CACHE to a folder of your own, or share this one with a group" in log
    assert "Traceback" not in log
    assert "epoch" not in log


def test_in_a_cache_that_may_be_written_both_train(shared):
    for path in (shared / "cache", *(shared / "cache").rglob("*")):
        path.chmod(path.stat().st_mode | (0o777 if path.is_dir() else 0o666))
    status, log = run(shared, "of_nobody", "seed=2", user=NOBODY)
    assert status == 0, log
    assert run(shared, "of_root_again", "seed=2")[0] == 0
    assert phase_summaries(shared / "of_root_again")[0]["reused"]


def test_weights_and_features_have_the_modes_of_the_umask(shared):
    files = {
        name: mode for name, mode in modes(shared / "cache").items() if (shared / "cache" / name).is_file()
    }
    mask = os.umask(0)
    os.umask(mask)
    assert any(name.endswith(".safetensors") for name in files)
    assert set(files.values()) == {0o666 & ~mask}
