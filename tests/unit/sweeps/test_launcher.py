"""Which cells a launcher prepares: none that runs already, here or in the queue of a cluster."""

import pytest
from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from omegaconf import open_dict

from xtl.config import conf_dir, load, register
from xtl.errors import ConfigError
from xtl.runs.claim import CLAIM_FILE, check_replaceable, claimed_by_others
from xtl.runs.fingerprint import run_fingerprint
from xtl.runs.status import FAILED, CellStatus, stamp_of, write_status
from xtl.store.lease import Lease
from xtl.sweeps import plugins
from xtl.sweeps.cells import is_left
from xtl.sweeps.clusters.launcher import SubmititSlurmLauncher
from xtl.sweeps.clusters.submitted import SubmittedJob, write_job
from xtl.sweeps.launcher import CellLauncher
from xtl.sweeps.local.launcher import LocalLauncher


class Accepting(CellLauncher):
    """A launcher that accepts all cells."""

    title = "local"

    def check(self, configs):
        pass

    def accept(self, cell):
        return cell

    def run(self, cells):
        return {}


@pytest.fixture(scope="module")
def composed():
    register()
    plugins.register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return hydra_compose(
            "train", ["target=pocket_pos", "backbone=tiny", "trainer.accelerator=cpu"],
            return_hydra_config=True,
        )  # fmt: skip


@pytest.fixture
def config(composed, tmp_path):
    """Config of a cell in a folder of the test."""
    config = composed.copy()
    with open_dict(config):
        config.hydra.sweep.dir, config.hydra.sweep.subdir = str(tmp_path), "cell"
        config.hydra.job.num = 0
        config.hydra.runtime.output_dir = str(tmp_path / "cell")
    (tmp_path / "cell").mkdir()
    return config


def prepared(launcher, config, folder):
    """What becomes of a cell when a sweep begins."""
    launcher._in_use = claimed_by_others([folder])
    return launcher._accepted(config, 0)


def test_the_config_of_a_cell_that_another_process_runs_stays(config, tmp_path):
    folder = tmp_path / "cell"
    (folder / "config.yaml").write_text("resolved")
    with Lease(folder / CLAIM_FILE).held():
        assert prepared(Accepting(), config, folder) is None
    assert (folder / "config.yaml").read_text() == "resolved"
    assert is_left(folder)
    assert not list(folder.glob("logs/*"))
    assert not (folder / "status.json").exists()
    assert prepared(Accepting(), config, folder) is not None


def test_the_config_of_an_earlier_run_stays_until_the_cell_begins(config, tmp_path):
    folder = tmp_path / "cell"
    (folder / "config.yaml").write_text("of the results that are there")
    cell = prepared(Accepting(), config, folder)
    assert (folder / "config.yaml").read_text() == "of the results that are there"
    assert cell.folder == folder
    assert load(cell.config_file) == cell.config


def test_no_sweep_changes_what_a_waiting_cell_of_another_one_begins_with(config, tmp_path):
    folder = tmp_path / "cell"
    first = prepared(Accepting(), config, folder)
    with open_dict(config):
        config.seed = 2
    second = prepared(Accepting(), config, folder)
    assert [load(cell.config_file).seed for cell in (first, second)] == [1, 2]
    assert prepared(Accepting(), config, folder).config_file == second.config_file  # the same command again


def test_a_cell_begins_in_its_run_folder_from_the_file_that_it_waits_with(config, tmp_path):
    folder = tmp_path / "cell"
    local = LocalLauncher()
    cell = prepared(local, config, folder)
    assert (cell.folder, load(cell.config_file).seed) == (folder, 1)
    job = prepared(SubmititSlurmLauncher(), config, folder).job
    assert (job.folder, job._config_file) == (folder.absolute(), cell.config_file.absolute())


def test_a_folder_of_something_else_is_no_run_folder_because_a_cell_waits_there(config, tmp_path):
    folder = tmp_path / "cell"
    (folder / "predictions").mkdir()
    assert prepared(Accepting(), config, folder) is not None
    with pytest.raises(ConfigError, match="of something else"):
        check_replaceable(folder, start=None)


def test_a_cell_in_the_queue_is_waited_for_if_it_has_the_same_settings(config, tmp_path):
    folder = tmp_path / "cell"
    launcher = SubmititSlurmLauncher()
    launcher._active = ["17_3"]
    cell = prepared(Accepting(), config, folder).config
    (folder / "config.yaml").write_text("resolved")
    write_status(folder, CellStatus(status=FAILED, seconds=1.0))  # of an earlier job
    earlier = stamp_of(folder / "status.json")
    write_job(folder, SubmittedJob(cluster="slurm", job="17_3", cell=run_fingerprint(cell), earlier=earlier))
    with Lease(folder / CLAIM_FILE).held():
        assert prepared(launcher, config, folder).queued_job == "17_3"
    assert (folder / "config.yaml").read_text() == "resolved"
    with open_dict(config):
        config.seed = 2
    assert prepared(launcher, config, folder) is None
    assert is_left(folder)
    assert (folder / "config.yaml").read_text() == "resolved"
    # One that has ended is no longer in the queue, though Slurm still lists it.
    write_status(folder, CellStatus(status=FAILED, seconds=1.0))
    assert prepared(launcher, config, folder).queued_job == ""
