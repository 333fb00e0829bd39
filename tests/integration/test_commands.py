"""The commands as a user starts them: what they print, how they end."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.commands import ENVIRONMENT, command, context, ended
from tests.helpers.factories import result
from xtl import config, results
from xtl.atomic import PARTIAL

CELL = (
    "target=udpos", "backbone=tiny", "data=local", "trainer.accelerator=cpu", "trainer.precision=32-true",
    "target.recipe.epochs=1",
)  # fmt: skip


def test_train_and_evaluate(own_root, tmp_path):
    folder = tmp_path / "run"
    done = command("xtl-train", *CELL, f"data.root={own_root}", f"hydra.run.dir={folder}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "de  German" in done.stdout
    assert "mean of 1 other(s)" in done.stdout
    assert "tokens/s" in done.stderr
    assert (folder / "transfer.png").read_bytes().startswith(b"\x89PNG")
    assert {result.lang for result in results.read(folder / "results.jsonl")} == {"de"}
    again = command(
        "xtl-evaluate",
        f"run={folder}",
        "trainer.accelerator=cpu",
        "trainer.precision=32-true",
        cwd=tmp_path,
    )
    assert again.returncode == 0, again.stderr
    assert again.stdout == done.stdout


def test_errors_are_one_line_without_a_traceback(own_root, tmp_path):
    done = command("xtl-train", *CELL, f"data.root={own_root}", "target.langs=[hi]", cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "error: " in done.stderr
    assert "expected the folder of language 'hi'" in done.stderr


def test_a_run_says_before_it_trains_which_finished_results_it_will_replace(own_root, tmp_path):
    arguments = ("xtl-train", *CELL, f"data.root={own_root}", "target.langs=[hi]", "hydra.run.dir=run")
    shown = command(*arguments, "--cfg", "job", cwd=tmp_path)
    (tmp_path / "run").mkdir()
    (tmp_path / "run/config.yaml").write_text(shown.stdout.replace("\nseed: 1\n", "\nseed: 7\n"))
    results.write(tmp_path / "run/results.jsonl", [result(train_task="udpos")])
    done = command(*arguments, cwd=tmp_path)
    said = re.fullmatch(
        r"(?s)warning: (\S+/run: its results are of other settings .*)\nrun folder: .*", done.stderr
    )
    assert said is not None, done.stderr
    assert "seed 7, now 1); the cell runs again, and replaces them" in said[1]


def test_a_root_that_does_not_exist_is_refused_before_a_run_folder_is_filled(tmp_path):
    done = command("xtl-train", *CELL, "data.root=nowhere", f"hydra.run.dir={tmp_path / 'run'}", cwd=tmp_path)
    assert done.returncode == 1
    assert "data.root=nowhere: expected a folder, found none" in done.stderr
    assert not list((tmp_path / "run").glob("*.json*"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("xtl-train", *CELL, "hydra.run.dir=file/run"),
        ("xtl-train", *CELL, "hydra.run.dir=file"),
        ("xtl-train", "-m", *CELL, "hydra.sweep.dir=file/sweep", "seed=1,2"),
        ("xtl-train", "-m", *CELL, "hydra.sweep.dir=file/sweep", "seed=1,2", "hydra/launcher=local"),
        ("xtl-train", "-m", *CELL, "hydra.sweep.dir=file/sweep", "seed=1,2", "sweep.dry_run=true"),
        ("xtl-evaluate", "run=run", "hydra.run.dir=file/run"),
        ("xtl-evaluate", "-m", "run=run", "seed=1,2", "hydra.sweep.dir=file/sweep"),
    ],
)
def test_a_folder_that_cannot_be_made_is_one_error(tmp_path, arguments):
    (tmp_path / "file").write_text("in the way")
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    message = "Not a directory|File exists"
    assert re.search(rf"^error: file\S*: ({message}); what could not be written whole", done.stderr), (
        done.stderr
    )
    assert not {"Traceback", "Callback"} & {*re.findall(r"\w+", done.stderr)}


def test_a_folder_that_only_a_job_knows_is_left_to_hydra(tmp_path):
    where = "hydra.run.dir=${hydra:job.name}-${now:%Y}"
    done = command("xtl-train", *CELL, "data.root=nowhere", where, cwd=tmp_path)
    assert done.returncode == 1
    assert "data.root=nowhere: expected a folder" in done.stderr
    assert "Callback" not in done.stderr
    assert list(tmp_path.glob("train-20??"))


@pytest.mark.parametrize("limit", [2_000, pytest.param(200_000, marks=pytest.mark.slow)])
def test_a_full_disk_leaves_whole_files_only(own_root, tmp_path, limit):
    # A limit on the size of a file stands for the disk: writing beyond it fails in the same way.
    folder = tmp_path / "run"
    done = command(
        "xtl-train",
        *CELL,
        f"data.root={own_root}",
        f"hydra.run.dir={folder}",
        cwd=tmp_path,
        file_limit=limit,
    )
    assert done.returncode == 1
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(folder.rglob(f"{PARTIAL}*"))
    assert not (folder / "results.jsonl").exists()
    assert not (folder / "encoder").exists()
    if (folder / "config.yaml").exists():
        assert config.load(folder / "config.yaml").backbone.name == "tiny"


def test_help_lists_groups_and_choices(tmp_path):
    done = command("xtl-train", "--help", cwd=tmp_path)
    assert done.returncode == 0
    for word in ("target=", "udpos", "backbone=", "e5_small", "recipe=", "hu2020", "data.root=FOLDER"):
        assert word in done.stdout


def test_cfg_job_shows_numbers_not_references(tmp_path):
    done = command("xtl-train", "target=panx", "backbone=e5_small", "--cfg", "job", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "lr: 0.0001" in done.stdout
    assert "${" not in done.stdout
    done = command("xtl-evaluate", "run=run", "task=panx", "--cfg", "job", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "name: panx" in done.stdout


def test_an_unknown_task_lists_the_known_ones(tmp_path):
    done = command("xtl-train", "target=upos", cwd=tmp_path)
    assert done.returncode == 1
    assert "udpos" in done.stderr


TEN_LINES = """
import sys, torch
from xtl.metrics import TokenAccuracy
from xtl.models import tiny
from xtl.modules import AdamWLinear, TokenTagging
built = AdamWLinear(lr=1e-2, total_steps=40)
tags, metric = ["DET", "NOUN"], TokenAccuracy()
module = TokenTagging(tiny().backbone, tags=tags, metric=metric, optimizer=built, dropout=0.0)
batch = {"input_ids": torch.tensor([[0, 9, 12, 2]]), "attention_mask": torch.ones(1, 4, dtype=torch.int64),
         "labels": torch.tensor([[-100, 0, 1, -100]]), "ids": ["a"], "first_word": [0], "num_tokens": 4}
step = module.configure_optimizers()["optimizer"]
for _ in range(40):
    loss = torch.nn.functional.cross_entropy(module(batch)[0, 1:3], batch["labels"][0, 1:3])
    step.zero_grad(); loss.backward(); step.step()
assert module.eval().predict_step(batch) == [{"id": "a", "first_word": 0, "tags": ["DET", "NOUN"]}]
assert not {"hydra", "omegaconf", "wandb"} & set(sys.modules), "a config library was imported"
"""


@pytest.mark.slow
def test_a_module_is_reused_in_plain_python_without_hydra_by_a_new_interpreter(tmp_path):
    script = tmp_path / "reuse.py"
    script.write_text(TEN_LINES)
    environment = os.environ | ENVIRONMENT
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_multirun_makes_a_folder_for_each_cell(own_root, tmp_path):
    sweep = f"hydra.sweep.dir={tmp_path / 'sweep'}"
    done = command("xtl-train", "-m", *CELL, f"data.root={own_root}", "seed=1,2", sweep, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    files = (tmp_path / "sweep").rglob("results.jsonl")
    found = {path.parent.name: results.read(path)[0].run.seed for path in files}
    assert sorted(found.values()) == [1, 2]
    assert len(found) == 2


@pytest.mark.slow
def test_predict_reads_standard_input_and_writes_lines_in_a_new_interpreter(finished, tmp_path):
    """With ``head`` behind it, which closes the pipe."""
    done = command("xtl-predict", "--help", cwd=tmp_path)
    for word in (
        "run=RUN_FOLDER",
        "tagging",
        "classification",
        "questions",
        "multiple choice",
        "vectors.npy",
    ):
        assert word in done.stdout
    (tmp_path / "lines.txt").write_text("der Hund sieht\n" * 5000, encoding="utf-8")
    line = f"{sys.executable} -m xtl.cli.predict run={finished} --lang de < lines.txt | head -n 2"
    environment = os.environ | ENVIRONMENT
    piped = subprocess.run(
        ["bash", "-c", line],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
        check=False,
    )
    assert [len(json.loads(one)["tags"]) for one in piped.stdout.splitlines()] == [3, 3]
    assert "Traceback" not in piped.stderr
    assert "Exception" not in piped.stderr
    assert "error" not in piped.stderr


def test_a_command_ends_with_the_status_and_the_streams_of_its_own(tmp_path):
    before = (Path.cwd(), dict(os.environ), sys.argv[:])
    listed = command("xtl-phases", "list", cwd=tmp_path, environment={"XTL_CACHE": "named_here"})
    assert listed.returncode == 0
    assert "backbone" in listed.stdout
    assert listed.stderr.startswith("store: named_here")
    refused = command("xtl-phases", "show", "0123", cwd=tmp_path)
    assert refused.returncode == 1
    assert "expected a finished phase" in refused.stderr
    assert (Path.cwd(), dict(os.environ), sys.argv[:]) == before


def test_the_process_that_is_forked_has_no_threads_of_its_own():
    queue = context().Queue()
    process = context().Process(target=thread_names_of_parent, args=(queue,))
    process.start()
    assert set(queue.get(timeout=60)) <= {"python", "jemalloc_bg_thd"}  # pyarrow's minds forks itself
    assert ended(process) == 0


def thread_names_of_parent(queue):
    folders = Path(f"/proc/{os.getppid()}/task").glob("*/comm")
    queue.put([path.read_text().strip() for path in folders])
