"""The report of a sweep as a run of its group, offline, read back."""

import json
from pathlib import Path

import pytest

from tests.helpers.wandb_files import offline_runs
from xtl.errors import DataFormatError
from xtl.tracking.report_run import log_report


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path_factory.mktemp("wandb")))
    monkeypatch.setenv("WANDB_DATA_DIR", str(tmp_path_factory.mktemp("data")))


def finding(lang: str, verdict: str) -> dict:
    common = {"target": "panx", "metric": "f1", "source": "en", "intermediate": "mnli", "budget": "epochs:1"}
    return {**common, "lang": lang, "sentence": f"In {lang}.", "points": {"verdict": verdict}}


def sweep_with_report(folder: Path) -> Path:
    """A tracked cell, curves, one figure of the page and verdicts; the path of the curves."""
    from matplotlib import pyplot

    (folder / "cell").mkdir(parents=True)
    tracking = "tracking: {group: scaling, wandb: {project: mine, entity: null, mode: offline}}\n"
    (folder / "cell/config.yaml").write_text(tracking)
    figure = pyplot.figure(figsize=(1, 1))
    figure.savefig(folder / "scaling.png")
    (folder / "report").mkdir()
    figure.savefig(folder / "report/gains.png")
    pyplot.close(figure)
    findings = [finding("de", "diminishing"), finding("sw", "no gain"), finding("hi", "no gain")]
    record = {"rules": {"margin": 0.5}, "findings": findings, "not_judged": ["too few sizes"]}
    (folder / "verdict.json").write_text(json.dumps(record))
    return folder / "scaling.png"


def test_picture_and_verdicts_are_one_run_of_the_group(tmp_path):
    sweep = tmp_path / "sweep"
    log_report(sweep, sweep_with_report(sweep), sweep / "report")
    (run,) = offline_runs(sweep)
    assert (run.project, run.group, run.job_type, run.exit_code) == ("mine", "scaling", "report", 0)
    assert (run.name, run.tags) == ("report scaling", ["report"])
    assert run.config["rules/margin"] == 0.5
    assert {name: run.summary[name] for name in ("verdict/diminishing", "verdict/no gain", "not_judged")} == {
        "verdict/diminishing": 1, "verdict/no gain": 2, "not_judged": 1,
    }  # fmt: skip
    (table,) = (sweep / "wandb").rglob("verdicts*.table.json")
    content = json.loads(table.read_text())
    assert [row[content["columns"].index("sentence")] for row in content["data"]] == [
        "In de.",
        "In sw.",
        "In hi.",
    ]
    pictures = [path.name.split("_")[0] for path in (sweep / "wandb").rglob("*.png")]
    assert sorted(pictures) == ["curves", "gains"]
    log_report(sweep, sweep / "scaling.png")
    assert [again.id for again in offline_runs(sweep)] == [run.id] * 2


def test_a_sweep_without_verdicts_or_tracked_cells_is_a_run_of_its_name(tmp_path):
    (tmp_path / "sizes").mkdir()
    log_report(tmp_path / "sizes", tmp_path / "sizes/none.png")
    (run,) = offline_runs(tmp_path)
    assert (run.project, run.group, run.exit_code) == ("xtl", "sizes", 0)


def test_verdicts_that_are_damaged_are_refused(tmp_path):
    (tmp_path / "verdict.json").write_text("{")
    with pytest.raises(DataFormatError, match=r"verdict\.json: expected verdicts as JSON, got"):
        log_report(tmp_path, tmp_path / "scaling.png")
    assert offline_runs(tmp_path) == []
