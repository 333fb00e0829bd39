"""An intermediate phase that trains several tasks in turn."""

import json

import pytest

from tests.helpers.cells import tiny_cell
from tests.helpers.runs import MIXTURE, phase_summaries
from xtl import config
from xtl.caching.session import SessionCache
from xtl.pipeline.cell import run_cell
from xtl.pipeline.plan import plan_cell
from xtl.store.store import PhaseStore

UNIFORM = (*MIXTURE, "intermediate.sampling=uniform")


def test_a_mixture_trains_its_tasks_and_says_what_it_was(all_langs_root, tmp_path):
    cell = tiny_cell(
        all_langs_root,
        *UNIFORM,
        "+intermediate.settings.pocket_text={lang: sw, size: 10}",
        "target.langs=[de]",
    )
    (tmp_path / "config.yaml").write_text(config.dump(cell), encoding="utf-8")
    assert config.load(tmp_path / "config.yaml") == cell
    found = run_cell(cell, tmp_path / "run")
    line = found[0]
    assert (line.run.intermediate.task, line.run.intermediate.lang) == ("pocket_nli+pocket_text", "en+sw")
    assert line.run.intermediate.rows == 24 + 10
    epochs = [json.loads(text) for text in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    first = epochs[0]
    assert set(first["val_scores"]) == {"pocket_nli", "pocket_text"}
    assert first["val_score"] == pytest.approx(sum(first["val_scores"].values()) / 2, abs=1e-4)
    key = phase_summaries(tmp_path / "run")[0]["key"]
    planned = plan_cell(cell, PhaseStore(tmp_path / "none"), SessionCache())
    assert planned[0].tokens == pytest.approx(phase_summaries(tmp_path / "run")[0]["tokens"], rel=0.02)
    other = tiny_cell(
        all_langs_root,
        *UNIFORM,
        "+intermediate.settings.pocket_text={lang: sw, size: 10}",
        "target.langs=[de]",
        "+intermediate.rates.pocket_text=0.1",
    )
    run_cell(other, tmp_path / "other")
    assert phase_summaries(tmp_path / "other")[0]["key"] != key
