"""What a machine lacks for jobs, said before anything is submitted."""

import shutil

import pytest

from xtl.errors import ConfigError
from xtl.sweeps.clusters import executors
from xtl.sweeps.clusters.executors import SlurmExecutor, check_installed


def test_what_is_missing_is_named_with_what_to_do(monkeypatch):
    monkeypatch.setattr(executors, "find_spec", lambda name: None)
    with pytest.raises(
        ConfigError, match=r"submitit_local: expected the package submitit.*pip install submitit"
    ):
        check_installed("submitit_local", is_slurm=False)
    monkeypatch.setattr(executors, "find_spec", lambda name: name)
    monkeypatch.setattr(shutil, "which", lambda name: None if name in ("sbatch", "srun") else name)
    check_installed("submitit_local", is_slurm=False)
    with pytest.raises(
        ConfigError, match=r"expected the commands of Slurm, found no sbatch, srun; start the"
    ):
        check_installed("submitit_slurm", is_slurm=True)


def test_a_cluster_that_does_not_answer_is_asked_again_and_has_not_an_empty_queue(monkeypatch):
    monkeypatch.setattr(executors, "_PAUSES", (0.0, 0.0))
    answers = [None, None, {"17_0": "RUNNING"}]
    monkeypatch.setattr(executors, "active_jobs", lambda: answers.pop(0))
    assert list(SlurmExecutor({}).known_active()) == ["17_0"]
    monkeypatch.setattr(executors, "active_jobs", lambda: None)
    with pytest.raises(ConfigError, match=r"Slurm: expected its list of jobs .* nothing was submitted"):
        SlurmExecutor({}).known_active()
