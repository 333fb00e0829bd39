"""A sweep of four cells in every view: one from the store, one that fails, one stopped that goes on."""

import csv
import json
import os
import signal
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
import yaml

import xtl
from tests.helpers.cells import composed_cell
from tests.helpers.commands import command, ended, start_command
from tests.helpers.wandb_files import OfflineRun, offline_runs
from xtl.errors import NonFiniteLossError
from xtl.pipeline.cell import run_cell
from xtl.runs.fingerprint import run_fingerprint
from xtl.stops import Stopped, raise_when_stopped
from xtl.tracking.identity import FILE_NAME
from xtl.training.device import DeviceSettings
from xtl.training.history import TrainingHistory

SETTINGS = (
    "target=pocket_pos", "target.langs=[en,de]", "backbone=tiny", "data.sizes.train=24",
    "data.sizes.validation=8", "data.sizes.test=8", "trainer.accelerator=cpu", "trainer.precision=32-true",
    "trainer.save_encoder=false", "trainer.compare_selections=false", "trainer.checkpoint_seconds=0",
    "target.recipe.epochs=3", "target.recipe.batch_size=8",
)  # fmt: skip
INTERMEDIATE = ("intermediate=pocket_nli", "intermediate.recipe.epochs=1", "intermediate.recipe.batch_size=8")
TRACKING = ("tracking=[wandb,csv,tensorboard]", "tracking.group=scaling")
CELLS = {
    "done": INTERMEDIATE,
    "reused": (*INTERMEDIATE, "target.langs=[en]"),  # all it trains is in the store
    "failed": ("target.recipe.lr=1e30", "target.recipe.clip=0"),
    "stopped": ("seed=2",),
}


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """Folder of the sweep, a folder a cell; wandb has no key there and keeps its own logs beside it."""
    folder = tmp_path_factory.mktemp("sweep")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_DATA_DIR"):
            patch.delenv(name, raising=False)
        patch.setenv("WANDB_CACHE_DIR", str(tmp_path_factory.mktemp("wandb")))
        patch.setenv("NETRC", str(folder / "none"))
        patch.setenv("XTL_CACHE", str(tmp_path_factory.mktemp("cache")))
        for name in CELLS:
            with suppress(NonFiniteLossError):
                stopped_in_epoch_two(name, folder / name) if name == "stopped" else run(name, folder / name)
        run("stopped", folder / "stopped")
    return folder


def run(name: str, folder: Path) -> None:
    run_cell(composed_cell(*SETTINGS, *CELLS[name], *TRACKING), folder)


def stopped_in_epoch_two(name: str, folder: Path) -> None:
    """Send this process SIGTERM when the cell has begun with its second epoch."""

    def stop(self, *args):
        end_epoch(self, *args)
        if len(self.report.epochs) == 2:
            signal.raise_signal(signal.SIGTERM)

    end_epoch = TrainingHistory.on_train_epoch_end
    with pytest.MonkeyPatch.context() as patch, raise_when_stopped():
        patch.setattr(TrainingHistory, "on_train_epoch_end", stop)
        with pytest.raises(Stopped):
            run(name, folder)


def wandb_run(sweep: Path, name: str) -> OfflineRun:
    (one,) = offline_runs(sweep / name)
    return one


def test_four_ids_in_five_folders_of_one_group(sweep):
    runs = offline_runs(sweep)
    assert len(runs) == 5
    cells = [composed_cell(*SETTINGS, *overrides) for overrides in CELLS.values()]
    prints = {run_fingerprint(DeviceSettings.of(cell.trainer).resolved(cell)) for cell in cells}
    assert {one.config["cell"] for one in runs} == prints
    assert len({one.id for one in runs}) == len(prints) == 4
    assert {(one.project, one.group, one.job_type) for one in runs} == {("xtl", "scaling", "cell")}


def test_each_run_has_its_own_settings_name_and_tags(sweep):
    for name, overrides in CELLS.items():
        config = composed_cell(*SETTINGS, *overrides)
        for one in offline_runs(sweep / name):
            assert one.config["seed"] == config.seed
            assert one.config["target/langs"] == "+".join(config.target.langs)
            assert one.config["target/recipe/lr"] == config.target.recipe.lr
            assert one.config.get("intermediate/name") == (config.intermediate and config.intermediate.name)
            assert {"target:pocket_pos", "target_lang:en", "backbone:tiny"} <= set(one.tags)
    assert wandb_run(sweep, "done").name == "pocket_nli en 1 > pocket_pos en, seed 1"


def test_each_run_ended_as_its_cell_did(sweep):
    assert [wandb_run(sweep, name).exit_code for name in ("done", "reused", "failed")] == [0, 0, 1]
    assert [one.exit_code for one in offline_runs(sweep / "stopped")] == [143, 0]


def test_tokens_are_the_axis_and_go_on_over_phases_and_after_a_stop(sweep):
    done = wandb_run(sweep, "done")
    assert done.step_metrics == {"tokens": "", "*": "tokens"}
    assert done.steps == [3, 6, 9, 12, 13]
    epochs = [json.loads(line) for line in (sweep / "done/metrics.jsonl").read_text().splitlines()]
    before = epochs[0]["tokens"]
    tokens = [before, *(before + epoch["tokens"] for epoch in epochs[1:])]
    assert [row["tokens"] for row in done.history[:4]] == tokens
    assert [row.get("intermediate/train_loss") is not None for row in done.history[:4]] == [True] + 3 * [
        False
    ]
    assert [row["target/val_score"] for row in done.history[1:4]] == [
        epoch["val_score"] for epoch in epochs[1:]
    ]
    first, second = offline_runs(sweep / "stopped")
    assert (first.id, first.steps, second.steps) == (second.id, [3, 6], [9, 10])


def test_a_phase_from_the_store_shows_the_epochs_that_it_had(sweep):
    done, reused = wandb_run(sweep, "done"), wandb_run(sweep, "reused")
    assert [reused.summary[f"{phase}/reused"] for phase in ("intermediate", "target")] == [True, True]
    names = ("tokens", "intermediate/train_loss", "target/train_loss", "target/val_score")
    curves = [[[row.get(name) for name in names] for row in one.history[:4]] for one in (done, reused)]
    assert curves[0] == curves[1]


def test_the_summary_holds_final_scores_and_phase_keys(sweep):
    done = wandb_run(sweep, "done")
    lines = [json.loads(line) for line in (sweep / "done/results.jsonl").read_text().splitlines()]
    assert {(line["lang"], line["metric"]) for line in lines} >= {("en", "accuracy"), ("de", "accuracy")}
    for line in lines:
        assert done.summary[f"test/pocket_pos/{line['metric']}/{line['lang']}"] == pytest.approx(
            line["value"]
        )
    german = next(line["value"] for line in lines if (line["lang"], line["metric"]) == ("de", "accuracy"))
    assert done.summary["test/pocket_pos/accuracy/zero_shot_mean"] == pytest.approx(german)
    phases = json.loads((sweep / "done/phases.json").read_text())["phases"]
    assert [done.summary[f"{phase['phase']}/phase_key"] for phase in phases] == [one["key"] for one in phases]
    (table,) = (sweep / "done/wandb").rglob("scores*.table.json")
    assert len(json.loads(table.read_text())["data"]) == len(lines)
    assert not any(name.startswith("test/") for name in wandb_run(sweep, "failed").summary)


def test_a_repeated_cell_adds_no_epoch_and_one_of_another_version_has_whole_curves_in_another_run(
    tmp_path, monkeypatch
):
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("WANDB_CACHE_DIR", "NETRC", "XTL_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    cell = composed_cell(*SETTINGS, "tracking=wandb")
    run_cell(cell, tmp_path / "run")
    time.sleep(1)  # folders of one run are named after the second in which they were made
    run_cell(cell, tmp_path / "run")
    (id_,) = json.loads((tmp_path / "run" / FILE_NAME).read_text())["runs"].values()
    monkeypatch.setattr(xtl, "__version__", "9.9")
    run_cell(cell, tmp_path / "run")
    runs = offline_runs(tmp_path / "run")
    assert [one.steps for one in runs if one.id == id_] == [[3, 6, 9, 10], [11]]
    (changed,) = [one for one in runs if one.id != id_]
    assert (changed.steps, changed.config["version"]) == ([3, 6, 9, 10], "9.9")


def test_csv_holds_whole_curves_and_the_exit_status(sweep):
    steps = {}
    for name in CELLS:
        values = yaml.safe_load((sweep / name / "csv/hparams.yaml").read_text())
        assert (values["group"], values["seed"]) == ("scaling", 2 if name == "stopped" else 1)
        assert (values["status"], values["exit_status"]) == (
            ("failed", 1) if name == "failed" else ("done", 0)
        )
        path = sweep / name / "csv/metrics.csv"
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines())) if path.exists() else []
        steps[name] = [int(row["step"]) for row in rows if row["tokens"]]
    assert steps == {"done": [3, 6, 9, 12], "reused": [3, 6, 9, 12], "failed": [], "stopped": [3, 6, 9]}


def test_tensorboard_holds_whole_curves_and_the_exit_status(sweep):
    event_accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    steps, ends = {}, {}
    for name in CELLS:
        events = event_accumulator.EventAccumulator(str(sweep / name / "tensorboard"))
        events.Reload()
        tags = events.Tags()
        steps[name] = (
            [point.step for point in events.Scalars("tokens")] if "tokens" in tags["scalars"] else []
        )
        ends[name] = text_of(events, "status")
        assert text_of(events, "group") == "scaling"
        assert ("test/pocket_pos/accuracy/en" in tags["scalars"]) == (name != "failed")
    assert steps == {"done": [3, 6, 9, 12], "reused": [3, 6, 9, 12], "failed": [], "stopped": [3, 6, 9]}
    assert ends == {"done": "done", "reused": "done", "failed": "failed", "stopped": "done"}


def text_of(events, name: str) -> str:
    (point,) = events.Tensors(f"{name}/text_summary")
    return point.tensor_proto.string_val[0].decode()


def test_no_code_no_git_and_nothing_outside_the_run_folder(sweep):
    files = [path for path in sweep.rglob("wandb/**/*") if path.is_file()]
    names = {path.name for path in files}
    assert not names & {"diff.patch", "output.log"}
    assert not [path for path in files if path.suffix == ".py" or "code" in path.parts]
    assert not [
        path for path in files if b"git_remote" in path.read_bytes() or b"remote.origin" in path.read_bytes()
    ]


def test_neither_host_nor_program_nor_its_arguments_are_sent(sweep):
    for one in offline_runs(sweep):
        assert one.host == ""
        assert "environment" not in one.kinds


@pytest.mark.slow
def test_a_killed_cell_of_the_command_goes_on_in_its_run(tmp_path):
    environment = {"XTL_CACHE": str(tmp_path / "cache"), "WANDB_MODE": "offline"}
    arguments = (*SETTINGS, "target.recipe.epochs=60", "tracking=wandb", "hydra.run.dir=run")
    process = start_command("xtl-train", *arguments, cwd=tmp_path, environment=environment)
    metrics = tmp_path / "run/metrics.jsonl"
    while not metrics.exists() or len(metrics.read_text().splitlines()) < 12:
        assert process.exitcode is None, (tmp_path / "err.txt").read_text()
        time.sleep(0.1)
    time.sleep(1)
    os.kill(process.pid, signal.SIGKILL)
    ended(process)
    done = command("xtl-train", *arguments, cwd=tmp_path, environment=environment)
    assert done.returncode == 0, done.stderr
    first, second = offline_runs(tmp_path / "run")
    assert first.id == second.id
    assert second.exit_code == 0
    assert first.exit_code != 0
    assert first.steps == list(range(3, 3 * len(first.steps) + 1, 3)) != []
    # What was not sure to be in the first file is in both.
    assert 3 <= second.steps[0] <= first.steps[-1] + 3
    assert second.steps == [*range(second.steps[0], 181, 3), 181]
    folders = [str(path) for path in sorted((tmp_path / "run/wandb").glob("offline-run-*"))]
    assert (
        f"wandb sync {' '.join(path.removeprefix(f'{tmp_path}/') for path in folders)}"
        in done.stderr.replace(f"{tmp_path}/", "")
    )


@pytest.mark.slow
def test_the_cells_of_a_sweep_by_the_command_share_its_name(tmp_path):
    environment = {"XTL_CACHE": str(tmp_path / "cache"), "WANDB_MODE": "offline"}
    arguments = ("-m", *SETTINGS, "target.recipe.epochs=1", "seed=1,2", "tracking=[wandb,csv]")
    done = command("xtl-train", *arguments, cwd=tmp_path, environment=environment)
    assert done.returncode == 0, done.stderr
    (sweep,) = (tmp_path / "outputs/sweeps").iterdir()
    runs = offline_runs(sweep)
    assert [one.group for one in runs] == [sweep.name] * 2
    assert sorted(one.config["seed"] for one in runs) == [1, 2]
    assert len({one.id for one in runs}) == 2


def twice(choice: str, folder: Path, **environment: str) -> Path:
    """Run a cell twice, the second time with all phases in the store; give its run folder."""
    environment |= {"XTL_CACHE": str(folder / "cache")}
    arguments = (*SETTINGS, f"tracking={choice}", "tracking.group=scaling", "hydra.run.dir=run")
    for _ in range(2):
        done = command("xtl-train", *arguments, cwd=folder, environment=environment)
        assert done.returncode == 0, done.stderr
        assert "rackio" not in done.stdout
    return folder / "run"


@pytest.mark.slow
def test_trackio_s_database_holds_one_run_of_a_cell_that_is_repeated(tmp_path):
    pytest.importorskip("trackio", reason="trackio is not installed; pip install trackio")
    run_folder = twice("trackio", tmp_path, TRACKIO_DIR=str(tmp_path / "trackio"))
    with closing(sqlite3.connect(tmp_path / "trackio/xtl.db")) as database:
        lines = database.execute("select run_name, step, metrics from metrics order by id").fetchall()
        ((config,),) = database.execute("select config from configs").fetchall()
    (name,) = {line[0] for line in lines}
    (id_,) = json.loads((run_folder / FILE_NAME).read_text())["runs"].values()
    assert name == f"pocket_pos en, seed 1 ({id_})"
    metrics = [(step, json.loads(values)) for _, step, values in lines]
    assert [step for step, values in metrics if "tokens" in values] == [3, 6, 9]
    assert [values["exit_status"] for _, values in metrics if "exit_status" in values] == [0, 0]
    settings = json.loads(config)
    assert (settings["seed"], settings["_Group"]) == (1, "scaling")
    assert (run_folder / "results.jsonl").is_file()


@pytest.mark.slow
def test_mlflow_s_database_holds_one_run_of_a_cell_that_is_repeated(tmp_path):
    tracking = pytest.importorskip("mlflow.tracking", reason="mlflow is not installed; pip install mlflow")
    address = f"sqlite:///{tmp_path}/mlflow.db"
    twice("mlflow", tmp_path, MLFLOW_TRACKING_URI=address)
    client = tracking.MlflowClient(address)
    (one,) = client.search_runs([client.get_experiment_by_name("xtl").experiment_id])
    assert (one.info.status, one.info.run_name) == ("FINISHED", "pocket_pos en, seed 1")
    assert (one.data.tags["xtl.group"], one.data.tags["exit_status"]) == ("scaling", "0")
    assert one.data.params["target/recipe/epochs"] == "3"
    assert [point.step for point in client.get_metric_history(one.info.run_id, "tokens")] == [3, 6, 9]
    assert "test/pocket_pos/accuracy/de" in one.data.metrics


def test_an_agent_of_wandb_gives_a_sweep_no_run_of_each_cell(tmp_path):
    settings = ("target=pocket_pos", "backbone=tiny", "tracking=wandb", "tracking.wandb.mode=offline")
    environment = {"WANDB_SWEEP_ID": "abc"}
    done = command(
        "xtl-train", "-m", *settings, "seed=1,2", "hydra.sweep.dir=s", cwd=tmp_path, environment=environment
    )
    assert done.returncode == 1
    assert "expected a run for each cell, got WANDB_SWEEP_ID" in done.stderr
