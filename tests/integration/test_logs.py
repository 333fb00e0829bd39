"""The files of messages in run folders, beside what the terminal showed."""

import json
import logging
import re
import sys
from pathlib import Path

import pytest

from tests.helpers.commands import command
from xtl.cli import quickstart
from xtl.pipeline.cell import main as run_cell_file

CELL = (
    "target=xnli", "backbone=tiny", "data=local", "data.root=.", "target.recipe.epochs=1",
    "trainer.accelerator=cpu", "trainer.precision=32-true", "trainer.save_encoder=false",
)  # fmt: skip
DATED = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (?:DEBUG|INFO|WARNING|ERROR) ", re.MULTILINE)


def messages(path: Path) -> list[str]:
    """Lines of a file without dates and levels."""
    return DATED.sub("", path.read_text(encoding="utf-8")).splitlines()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Data with a row to leave out."""
    folder = tmp_path_factory.mktemp("logs")
    for split, labels in (("train", "012012"), ("validation", "012"), ("test", "01-")):
        rows = [
            {"premise": f"Word {row}.", "hypothesis": "A word.", "label": label}
            for row, label in enumerate(labels)
        ]
        path = folder / "xnli" / "en" / f"{split}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def ended(folder):
    """What the commands printed that ran a cell alone, as one of two in a sweep, quietly, and verbosely."""
    own_cache = {"XTL_CACHE": str(folder / "cache")}

    def run(*arguments: str):
        done = command("xtl-train", *arguments, *CELL, cwd=folder, environment=own_cache)
        assert done.returncode == 0, done.stderr
        return done

    return {
        "alone": run("hydra.run.dir=alone"),
        "sweep": run("-m", "seed=1,2", "hydra.sweep.dir=sweep"),
        "quiet": run("-q", "hydra.run.dir=quiet"),
        "verbose": run("-v", "hydra.run.dir=verbose"),
    }


def test_the_file_of_a_cell_holds_what_the_terminal_showed(folder, ended):
    logged = messages(folder / "alone" / "train.log")
    assert logged == ended["alone"].stderr.splitlines()
    assert "target xnli: 1 example: left out of test: no label (en:xnli/test/2)" in logged
    assert any(line.startswith("loading backbone tiny") for line in logged)
    assert any("tokens/s" in line for line in logged)


def test_each_cell_of_a_sweep_has_a_file_of_its_own(folder, ended):
    logged = {name: messages(folder / "sweep" / f"seed={name}" / "train.log") for name in "12"}
    for name, lines in logged.items():
        assert lines[0].endswith(f"seed={name}")
        assert [line for line in lines if line.startswith("run folder: ")] == lines[:1]
        assert set(lines) <= set(ended["sweep"].stderr.splitlines())
    assert any("taken from the phase store" in line for line in logged["1"])
    assert not any("taken from the phase store" in line for line in logged["2"])
    rest = set(ended["sweep"].stderr.splitlines()) - set(logged["1"]) - set(logged["2"])
    assert any("Launching 2 jobs" in line for line in rest)
    assert any(line.startswith("report: xtl-report") for line in rest)


def test_quiet_shows_nothing_and_the_file_holds_the_messages(folder, ended):
    assert ended["quiet"].stderr == ""
    assert ended["quiet"].stdout == ended["alone"].stdout
    logged = messages(folder / "quiet" / "train.log")
    assert any("taken from the phase store" in line for line in logged)
    assert any("left out of test: no label" in line for line in logged)


def test_verbose_shows_more(folder, ended):
    logged = messages(folder / "verbose" / "train.log")
    assert logged == ended["verbose"].stderr.splitlines()
    assert any("features read from" in line for line in logged)
    assert not any("features read from" in line for line in messages(folder / "alone" / "train.log"))


def test_evaluate_has_a_file_too(folder, ended):
    own_cache = {"XTL_CACHE": str(folder / "cache")}
    arguments = (f"run={folder / 'alone'}", "hydra.run.dir=again")
    again = command("xtl-evaluate", *arguments, cwd=folder, environment=own_cache)
    assert again.returncode == 0, again.stderr
    assert messages(folder / "again" / "evaluate.log") == again.stderr.splitlines()


def test_a_cell_that_fails_leaves_its_error(folder, ended):
    failed = command("xtl-train", *CELL, "target.langs=[zz]", "hydra.run.dir=failed", cwd=folder)
    assert failed.returncode == 1
    assert [f"error: {line}" for line in messages(folder / "failed" / "train.log")] == (
        failed.stderr.splitlines()
    )


def test_quickstart_writes_a_file_for_each_cell(monkeypatch, tmp_path):
    def only_log(cell, folder, *, cache):
        logging.getLogger("xtl.pipeline.cell").info("run folder: %s", folder)

    monkeypatch.setattr("xtl.pipeline.cell.run_cell", only_log)
    monkeypatch.setattr("xtl.cli.report.report", lambda folder, picture: None)
    quickstart.quickstart("tiny", [16], tmp_path)
    for name in ("baseline", "en-16", "de-16"):
        assert messages(tmp_path / name / "train.log")[-1] == f"run folder: {tmp_path / name}"


def test_a_cell_by_its_config_alone_logs_for_itself(folder, ended, tmp_path):
    """As launchers start it, without a command around it."""
    root, config = logging.getLogger(), tmp_path / "config.yaml"
    handlers, root.handlers = root.handlers, []
    try:
        config.write_text("nonsense: 1\n")
        assert run_cell_file([str(config)]) == 1
        opened, root.handlers = root.handlers, []
    finally:
        root.handlers = handlers
    for handler in opened:
        handler.close()
    (line,) = (tmp_path / "train.log").read_text().splitlines()
    assert DATED.match(line)
    assert "ERROR" in line
    assert sys.stderr in [getattr(handler, "stream", None) for handler in opened]
