"""Sweeps through the command: cells that fail, cells that are done, phases that are shared."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.integration.test_commands import command
from xtl import results
from xtl.cli.sweep_arguments import completed

SETTINGS = (
    "backbone=tiny", "trainer.accelerator=cpu", "trainer.precision=32-true", "trainer.save_encoder=false",
    "data.sizes.train=40", "data.sizes.validation=8", "data.sizes.test=8", "target.recipe.epochs=1",
    "intermediate.recipe.epochs=1",
)  # fmt: skip
GRID = (
    "-m", "intermediate=pocket_nli", "intermediate.lang=en,de,sw", "intermediate.fraction=0,0.25,0.5,1",
    "target=pocket_pos,pocket_ner", "seed=1,2",
)  # fmt: skip


def statuses(folder: Path) -> Counter:
    return Counter(json.loads(path.read_text())["status"] for path in folder.rglob("status.json"))


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    """A sweep of 48 cells, run twice: how it ended the first time, and the second time."""
    folder = tmp_path_factory.mktemp("grid")
    prelude = f"import os; os.environ['XTL_CACHE'] = {str(folder / 'cache')!r}"
    ran = [command("xtl.cli.train", *GRID, *SETTINGS, cwd=folder, prelude=prelude) for _ in range(2)]
    assert [one.returncode for one in ran] == [0, 0], ran[0].stderr[-2000:] + ran[0].stdout[-2000:]
    (sweep,) = (folder / "outputs" / "sweeps").iterdir()
    return folder, sweep, ran


def test_each_phase_is_trained_once_and_every_cell_has_results(grid):
    folder, sweep, ran = grid
    assert "48 cells: 48 done, 0 skipped, 0 failed" in ran[0].stdout
    found = list(sweep.rglob("results.jsonl"))
    assert len(found) == 48
    # 3 languages x 3 fractions x 2 seeds, each of which 2 targets go on from; and 2 baselines for each seed.
    intermediate, target = 3 * 3 * 2, 3 * 3 * 2 * 2 + 2 * 2
    assert len(list((folder / "cache" / "phases").glob("*/phase.json"))) == intermediate + target
    trained = Counter()
    for path in sweep.rglob("phases.json"):
        for phase in json.loads(path.read_text())["phases"]:
            trained[phase["phase"]] += not phase["reused"]
    assert trained == {"intermediate": intermediate, "target": target}


def test_the_same_sweep_again_trains_nothing(grid):
    _, sweep, ran = grid
    assert "48 cells: 0 done, 48 skipped, 0 failed" in ran[1].stdout
    assert statuses(sweep) == {"skipped": 48}


def test_subsets_are_nested_and_the_same_rows_in_every_language(grid):
    lines = [results.read(path)[0] for path in grid[1].rglob("results.jsonl")]
    rows = {(line.intermediate_fraction, line.intermediate_rows) for line in lines}
    assert rows == {(0.0, 0), (0.25, 10), (0.5, 20), (1.0, 40)}
    ids = {(line.intermediate_lang, line.intermediate_rows, line.intermediate_ids) for line in lines}
    assert len(ids) == 12


def test_a_cell_that_fails_stops_no_other_and_is_told(tmp_path):
    arguments = ("-m", "target=pocket_pos", "target.lang=en,xx", "seed=1,2", *SETTINGS[:-1])
    done = command("xtl.cli.train", *arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert "4 cells: 2 done, 0 skipped, 2 failed" in done.stdout
    (sweep,) = (tmp_path / "outputs" / "sweeps").iterdir()
    failed = json.loads((sweep / "seed=1,target.lang=xx" / "status.json").read_text())
    assert "expected languages of task 'pocket_pos'" in failed["error"]
    assert "ConfigError" in (sweep / "seed=1,target.lang=xx" / "error.txt").read_text()
    assert (sweep / "seed=1,target.lang=en" / "results.jsonl").is_file()
    again = command("xtl.cli.train", *arguments, cwd=tmp_path)
    assert "4 cells: 0 done, 2 skipped, 2 failed" in again.stdout


def test_cells_side_by_side(tmp_path):
    arguments = ("-m", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "target=pocket_pos", "seed=1,2")
    done = command("xtl.cli.train", *arguments, *SETTINGS[:-1], cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "2 cells: 2 done, 0 skipped, 0 failed" in done.stdout
    again = command("xtl.cli.train", *arguments[:1], *arguments[3:], *SETTINGS[:-1], cwd=tmp_path)
    assert "2 cells: 0 done, 2 skipped, 0 failed" in again.stdout  # one by one it is the same sweep


def test_a_dry_run_says_what_a_sweep_would_train_and_trains_nothing(tmp_path):
    prelude = f"import os; os.environ['XTL_CACHE'] = {str(tmp_path / 'cache')!r}"
    shared = ("intermediate=pocket_nli", "intermediate.lang=en", "target=pocket_pos", *SETTINGS)
    once = command("xtl.cli.train", *shared, "intermediate.size=10", cwd=tmp_path, prelude=prelude)
    assert once.returncode == 0, once.stderr
    sweep = ("sweep=seeds", "seed=1,2", "intermediate.size=0,10,20", "sweep.dry_run=true")
    done = command("xtl.cli.train", *shared, *sweep, cwd=tmp_path, prelude=prelude)
    assert done.returncode == 0, done.stderr
    # For each seed two sizes and three targets; one chain of two is in the store.
    assert "6 cells, 0 of them done; 10 different phases: 8 to train, 2 in the store" in done.stdout
    assert len(list((tmp_path / "cache" / "phases").glob("*/phase.json"))) == 2
    assert not list((tmp_path / "outputs" / "sweeps").rglob("results.jsonl"))


def test_the_same_sweep_has_the_same_folder_and_another_has_not():
    def extra(*arguments: str) -> list[str]:
        return [one for one in completed(list(arguments)) if one not in arguments]

    first = extra("-m", "target=udpos,panx", "seed=1,2", "data.root=/x")
    assert extra("-m", "seed=1,2", "target=udpos,panx", "data.root=/x") == first
    assert first[1] == "hydra.job.config.override_dirname.exclude_keys=[data.root]"
    assert extra("-m", "target=udpos,panx", "seed=1,3", "data.root=/x")[0] != first[0]
    assert extra("-m", "target=udpos,panx", "seed=1,2", "data.root=/x", "sweep.dry_run=true")[0] == first[0]
    assert extra("target=udpos", "seed=1") == []
    assert len(extra("-m", "seed=1,2", "hydra.sweep.dir=here")) == 1


def test_a_sweep_file_is_shown_with_its_grid(tmp_path):
    arguments = ("sweep=scaling", "data.root=.", "--cfg", "hydra")
    done = command("xtl.cli.train", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "intermediate.lang: en,de,ru,sw" in done.stdout
