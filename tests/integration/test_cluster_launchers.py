"""Launchers of clusters where there is no cluster; ``tests/slurm`` has one."""

import json

import pytest

from tests.helpers.commands import command
from xtl import results

SETTINGS = (
    "target=pocket_pos", "backbone=tiny", "trainer.accelerator=cpu", "trainer.precision=32-true",
    "trainer.threads=1", "trainer.save_encoder=false", "trainer.compare_selections=false",
    "target.langs=[de]", "target.recipe.epochs=1", "data.sizes.train=40", "data.sizes.validation=4",
    "data.sizes.test=4", "hydra.sweep.dir=sweep",
)  # fmt: skip


def test_without_slurm_one_error_says_what_is_missing(tmp_path):
    done = command(
        "xtl-train", "-m", *SETTINGS, "hydra/launcher=submitit_slurm", "seed=1,2", cwd=tmp_path,
        environment={"PATH": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if "error" in line]
    assert line.startswith("error: hydra/launcher=submitit_slurm: expected the ")
    assert "pip install submitit" in line or "found no sbatch, srun, squeue" in line
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("sweep/seed=*"))


@pytest.mark.slow
def test_jobs_on_this_machine_one_at_a_time(tmp_path):
    pytest.importorskip("submitit", reason="pip install submitit")
    arguments = ("-m", *SETTINGS, "hydra/launcher=submitit_local", "seed=1,2")
    done = command("xtl-train", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "2 cells: 2 done, 0 skipped, 0 failed" in done.stdout
    first, second = [tmp_path / f"sweep/seed={seed}" for seed in (1, 2)]
    assert (second / "logs/job.json").stat().st_mtime >= (first / "results.jsonl").stat().st_mtime
    assert json.loads((second / "status.json").read_text())["score"] >= 0
    for folder in (first, second):
        assert results.read(folder / "results.jsonl")
        assert "results: " in (folder / "logs/terminal.log").read_text()
    again = command("xtl-train", *arguments, cwd=tmp_path)
    assert "2 cells: 0 done, 2 skipped, 0 failed" in again.stdout
