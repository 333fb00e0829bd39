"""Sweeps through the command: cells that fail, cells that are done, phases that are shared."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.helpers.commands import command
from xtl import results

SETTINGS = (
    "backbone=tiny", "trainer.accelerator=cpu", "trainer.precision=32-true", "trainer.save_encoder=false",
    "trainer.compare_selections=false", "target.langs=[de]", "data.sizes.train=40", "data.sizes.validation=4",
    "data.sizes.test=4", "target.recipe.epochs=1", "intermediate.recipe.epochs=1",
)  # fmt: skip
GRIDS = [
    (["en", "de"], ["0", "0.5"], 1),
    pytest.param((["en", "de", "sw"], ["0", "0.25", "0.5", "1"], 2), marks=pytest.mark.slow),
]
"""Intermediate languages and fractions, for two targets, and the number of seeds."""


def cells_of(langs, fractions, seeds):
    """Number of cells of two targets: one baseline serves all intermediate languages."""
    return 2 * seeds * (len(langs) * (len(fractions) - 1) + 1)


def statuses(folder: Path) -> Counter:
    return Counter(json.loads(path.read_text())["status"] for path in folder.rglob("status.json"))


@pytest.fixture(scope="module", params=GRIDS)
def grid(request, tmp_path_factory):
    """A sweep run twice: its languages, fractions and number of seeds, where, how it ended both times."""
    langs, fractions, seeds = request.param
    folder = tmp_path_factory.mktemp("grid")
    arguments = (
        "-m", "intermediate=pocket_nli", f"intermediate.lang={','.join(langs)}",
        f"intermediate.fraction={','.join(fractions)}", "target=pocket_pos,pocket_ner",
        f"seed={','.join(map(str, range(1, seeds + 1)))}",
    )  # fmt: skip
    own_cache = {"XTL_CACHE": str(folder / "cache")}
    ran = [command("xtl-train", *arguments, *SETTINGS, cwd=folder, environment=own_cache) for _ in range(2)]
    assert [one.returncode for one in ran] == [0, 0], ran[0].stderr[-2000:] + ran[0].stdout[-2000:]
    (sweep,) = (folder / "outputs" / "sweeps").iterdir()
    return langs, fractions, seeds, sweep, ran, folder / "cache" / "phases"


def test_each_phase_is_trained_once_and_every_cell_has_results(grid):
    langs, fractions, seeds, sweep, ran, store = grid
    cells = cells_of(langs, fractions, seeds)
    assert f"{cells} cells: {cells} done, 0 skipped, 0 failed" in ran[0].stdout
    assert len(list(sweep.rglob("results.jsonl"))) == cells
    # One for each language, size above 0 and seed; two targets go on from each, and from nothing.
    intermediate = len(langs) * (len(fractions) - 1) * seeds
    target = 2 * intermediate + 2 * seeds
    assert len(list(store.glob("*/phase.json"))) == intermediate + target
    trained = Counter()
    for path in sweep.rglob("phases.json"):
        for phase in json.loads(path.read_text())["phases"]:
            trained[phase["phase"]] += not phase["reused"]
    assert trained == {"intermediate": intermediate, "target": target}
    rules = json.loads((sweep / "rules.json").read_text())
    assert rules["margin"] == 0.5
    assert rules["plan"]["seeds"] == list(range(1, seeds + 1))
    assert {task: plan["metric"] for task, plan in rules["plan"]["targets"].items()} == {
        "pocket_pos": "accuracy",
        "pocket_ner": "f1",
    }
    assert rules["plan"]["intermediates"] == {"pocket_nli": ["epochs:1"]}


def test_the_same_sweep_again_trains_nothing(grid):
    langs, fractions, seeds, sweep, ran, _ = grid
    cells = cells_of(langs, fractions, seeds)
    assert f"{cells} cells: 0 done, {cells} skipped, 0 failed" in ran[1].stdout
    assert statuses(sweep) == {"skipped": cells}


def test_each_result_says_which_rows_it_saw(grid):
    langs, fractions, _, sweep, _, _ = grid
    lines = [results.read(path)[0] for path in sweep.rglob("results.jsonl")]
    rows = {(line.run.intermediate.fraction, line.run.intermediate.rows) for line in lines}
    assert rows == {(float(one), round(40 * float(one))) for one in fractions}
    ids = {
        (line.run.intermediate.lang, line.run.intermediate.rows, line.run.intermediate.ids) for line in lines
    }
    assert len(ids) == len(langs) * (len(fractions) - 1) + 1


def test_a_cell_that_fails_stops_no_other_and_is_told(tmp_path):
    arguments = ("-m", "target=pocket_pos", "target.lang=en,xx", "seed=1,2", *SETTINGS[:-1])
    done = command("xtl-train", *arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert "4 cells: 2 done, 0 skipped, 2 failed" in done.stdout
    (sweep,) = (tmp_path / "outputs" / "sweeps").iterdir()
    failed = json.loads((sweep / "seed=1,target.lang=xx" / "status.json").read_text())
    assert "expected languages of task 'pocket_pos'" in failed["error"]
    assert "ConfigError" in (sweep / "seed=1,target.lang=xx" / "error.txt").read_text()
    assert (sweep / "seed=1,target.lang=en" / "results.jsonl").is_file()
    again = command("xtl-train", *arguments, cwd=tmp_path)
    assert "4 cells: 0 done, 2 skipped, 2 failed" in again.stdout
    dry = command("xtl-train", *arguments, "sweep.dry_run=true", cwd=tmp_path)
    assert dry.returncode == 1
    assert "4 cells, 2 of them done" in dry.stdout
    assert "- would fail: seed=1,target.lang=xx: target.lang: expected languages" in dry.stdout
    assert "2 of 4 cells would fail" in dry.stdout


def test_paths_as_values_make_no_folder_outside_the_sweep(tmp_path):
    (tmp_path / "work").mkdir()
    paths = "backbone.path=../../../../models/a,../../../../models/b,/models/a"
    arguments = ("-m", "target=pocket_pos", "backbone=xlmr_base", "seed=1", *SETTINGS[1:-1], paths)
    done = command("xtl-train", *arguments, cwd=tmp_path / "work")
    assert done.returncode == 1
    assert "3 cells: 0 done, 0 skipped, 3 failed" in done.stdout
    assert len(list((tmp_path / "work/outputs/sweeps").rglob("status.json"))) == 3


@pytest.mark.parametrize(
    "launcher", ["basic", *(pytest.param(name, marks=pytest.mark.slow) for name in ("joblib", "local"))]
)
def test_a_failure_that_cannot_be_written_down_is_counted(tmp_path, launcher):
    (tmp_path / "sweep/seed=1/status.json/in-the-way").mkdir(parents=True)
    arguments = ("-m", "target=pocket_pos", "seed=1,2", "hydra.sweep.dir=sweep", f"hydra/launcher={launcher}")
    done = command("xtl-train", *arguments, *SETTINGS[:-1], cwd=tmp_path)
    assert "2 cells: 1 done, 0 skipped, 1 failed" in done.stdout, done.stderr[-3000:]
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("launcher", "ending"),
    [("basic", ""), pytest.param("local", "2 cells: 1 done", marks=pytest.mark.slow)],
)
def test_a_run_folder_that_cannot_be_made_is_told(tmp_path, launcher, ending):
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep/seed=1").write_text("in the way")
    arguments = ("-m", "target=pocket_pos", "seed=1,2", "hydra.sweep.dir=sweep", f"hydra/launcher={launcher}")
    done = command("xtl-train", *arguments, *SETTINGS[:-1], cwd=tmp_path)
    assert done.returncode == 1
    assert ending in done.stdout
    assert "0 cells" not in done.stdout
    assert "sweep/seed=1: File exists; what could not be written whole" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_misspelled_task_of_a_grid_is_told_as_one_of_a_single_run_and_leaves_nothing(tmp_path):
    done = command("xtl-train", "-m", "target=udpos,pnax", "seed=1", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("In 'train': Could not find 'target/pnax' (did you mean 'panx'?)\n")
    assert "Free space" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_flag_may_stand_between_overrides(tmp_path):
    (tmp_path / "my").mkdir()
    flags = ("-m", "seed=1,2", "--config-dir", "my", "-q", "sweep.dry_run=true")
    done = command("xtl-train", "target=pocket_pos", *flags, "backbone=tiny", cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "2 cells, 0 of them done" in done.stdout


def test_help_about_a_misspelled_task_is_one_message(tmp_path):
    done = command("xtl-train", "target=pnax", "--help", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("error: In 'train': Could not find 'target/pnax' (did you mean 'panx'?)\n")


@pytest.fixture
def own_tasks(tmp_path):
    """Arguments of a sweep over two tasks of a folder of the user's."""
    (tmp_path / "my/task").mkdir(parents=True)
    for name in ("own_a", "own_b"):
        text = f"defaults: [/task/pocket_pos@_here_, _self_]\nreference: {name}\n"
        (tmp_path / f"my/task/{name}.yaml").write_text(text)
    return ("-m", "--config-dir=my", "target=glob(own_*)", "data=pocket", *SETTINGS[:-1])


def test_tasks_of_ones_own_are_swept_and_done_the_second_time(tmp_path, own_tasks):
    for ending in ("2 done, 0 skipped", "0 done, 2 skipped"):
        done = command("xtl-train", *own_tasks, cwd=tmp_path)
        assert done.returncode == 0, done.stderr[-3000:]
        assert f"2 cells: {ending}, 0 failed" in done.stdout


@pytest.mark.slow  # each of its processes is a new interpreter
def test_cells_side_by_side(tmp_path, own_tasks):
    launcher = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
    done = command("xtl-train", *own_tasks, *launcher, cwd=tmp_path)  # the processes must find the tasks too
    assert done.returncode == 0, done.stderr[-3000:]
    assert "2 cells: 2 done, 0 skipped, 0 failed" in done.stdout
    again = command("xtl-train", *own_tasks, cwd=tmp_path)
    assert "2 cells: 0 done, 2 skipped, 0 failed" in again.stdout  # one by one it is the same sweep


def test_a_dry_run_says_what_a_sweep_would_train_and_trains_nothing(tmp_path, own_cache):
    shared = ("intermediate=pocket_nli", "intermediate.lang=en", "target=pocket_pos", *SETTINGS)
    once = command("xtl-train", *shared, "intermediate.size=10", cwd=tmp_path)
    assert once.returncode == 0, once.stderr
    sweep = ("sweep=seeds", "seed=1,2", "intermediate.size=0,10,20", "sweep.dry_run=true")
    done = command("xtl-train", *shared, *sweep, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "smallest effect to expect: no earlier sweep: give sweep.pilot=FOLDER" in done.stdout
    # For each seed two sizes and three targets; one chain of two is in the store.
    assert "6 cells, 0 of them done; 10 different phases: 8 to train, 2 in the store" in done.stdout
    assert len(list((own_cache / "phases").glob("*/phase.json"))) == 2
    assert not list((tmp_path / "outputs" / "sweeps").rglob("results.jsonl"))


def test_a_dry_run_for_a_cluster_asks_what_its_launcher_asks(tmp_path):
    sweep = ("hydra.sweep.dir=sweep", "hydra.sweep.subdir=cell")
    arguments = ("-m", "target=pocket_pos", *SETTINGS[:-1], *sweep)
    there = command("xtl-train", *arguments, "trainer.eval_tokens=123", cwd=tmp_path)
    assert there.returncode == 0, there.stderr  # as if another machine took so many where nothing is given
    dry = (*arguments, "hydra/launcher=submitit_slurm", "sweep.dry_run=true")
    done = command("xtl-train", *dry, "trainer.precision=auto", cwd=tmp_path)
    assert "1 cells, 1 of them done" in done.stdout, done.stderr
    assert "WARNING" not in done.stderr
    more = command("xtl-train", *dry, "trainer.devices=4096", "target.recipe.batch_size=4096", cwd=tmp_path)
    assert "1 cells, 0 of them done" in more.stdout, more.stderr
    assert "would fail" not in more.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("grid", "seeds", "folders"),
    [
        (("seed=1,2",), [1, 2], ["seed=1", "seed=2", "seed=3"]),
        (
            ("target.lang=de,sw", "seed=4"), [4],
            ["target.lang=de", "target.lang=sw", "seed=5,target.lang=de", "seed=5,target.lang=sw"],
        ),
    ],
)  # fmt: skip
def test_seeds_are_added_to_a_sweep_in_its_own_folder(grid, seeds, folders, tmp_path):
    arguments = ("-m", "target=pocket_pos", "target.langs=[de]", *grid, *SETTINGS[:-1])
    more = len(folders) - 2
    for added, ending in (((), "2 done, 0 skipped"), (("sweep.seeds_more=1",), f"{more} done, 2 skipped")):
        done = command("xtl-train", *arguments, *added, cwd=tmp_path)
        assert done.returncode == 0, done.stderr[-2000:]
        assert ending in done.stdout
    (sweep,) = (tmp_path / "outputs" / "sweeps").iterdir()
    assert sorted(path.parent.name for path in sweep.glob("*/results.jsonl")) == sorted(folders)
    plan = json.loads((sweep / "rules.json").read_text())["plan"]
    assert (plan["seeds"], plan["added"]) == (seeds, [[max(seeds) + 1]])


def test_two_cells_of_one_folder_are_refused_before_one_replaces_the_other(tmp_path):
    grid = ("-m", "target=pocket_pos", "seed=1,2", "hydra.sweep.subdir=all", *SETTINGS[:-1])
    refused = command("xtl-train", *grid, cwd=tmp_path)
    assert refused.returncode == 1
    told = " ".join(refused.stderr.split())
    assert "expected a folder for each cell, got 'all' for two: target=pocket_pos seed=1" in told
    assert not list(tmp_path.rglob("results.jsonl"))


def test_a_sweep_file_is_shown_with_its_grid(tmp_path):
    arguments = ("sweep=scaling", "data.root=.", "--cfg", "hydra")
    done = command("xtl-train", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "intermediate.lang: en,de,ru,sw" in done.stdout
