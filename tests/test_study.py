"""The results of the study that come with the checkout: numbers alone, whole, and no path of a machine."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from xtl import results

STUDY = Path(__file__).parents[1] / "notebooks" / "study"
RUNS = sorted(path.parent for path in STUDY.glob("*/*/results.jsonl"))
FILES = {"config.yaml", "environment.json", "inputs.json", "phases.json", "results.jsonl", "status.json"}

pytestmark = pytest.mark.skipif(not RUNS, reason="the study is not part of this checkout")


def test_a_run_has_its_results_and_its_counts_and_nothing_else():
    for run in RUNS:
        scored = {
            f"counts/{line.task}/{line.lang}.{line.split}.parquet"
            for line in results.read(run / "results.jsonl")
        }
        found = {path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file()}
        assert found == FILES | scored, run
        assert json.loads((run / "status.json").read_text())["status"] == "done", run


def test_counts_are_numbers_and_ids():
    for path in (path for run in RUNS for path in run.rglob("*.parquet")):
        for field in pq.read_schema(path):
            assert field.name == "uid" or "string" not in str(field.type), f"{path}: {field}"
        assert not [uid for uid in pq.read_table(path)["uid"].to_pylist() if " " in uid], path


def test_no_file_names_a_place_of_a_machine():
    for path in (run / name for run in RUNS for name in FILES):
        text = path.read_text(encoding="utf-8")
        assert not [place for place in ("/home", "/root", "/tmp", "/work", "Users") if place in text], path  # noqa: S108
