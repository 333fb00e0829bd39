"""A task of one's own, of one file beside those of xtl."""

import json
from pathlib import Path

from tests.helpers.cells import composed_cell
from xtl.pipeline.cell import run_cell
from xtl.store.store import PhaseStore

OWN_TASK = """
defaults: [/task_type/classification@_here_, _self_]
name: weather
languages: en sw
labels: rain sun
columns: {first: text, label: sky}
metrics: [accuracy]
reference: https://example.org
"""


def test_a_task_of_ones_own_is_one_file(tmp_path: Path):
    # As the README says it: a folder with task/weather.yaml, given as --config-dir or hydra.searchpath.
    (tmp_path / "conf" / "task").mkdir(parents=True)
    (tmp_path / "conf" / "task" / "weather.yaml").write_text(OWN_TASK)
    for lang, words in (("en", ("wet", "bright")), ("sw", ("mvua", "jua"))):
        folder = tmp_path / "data" / "weather" / lang
        folder.mkdir(parents=True)
        rows = [{"text": words[at % 2], "sky": ("rain", "sun")[at % 2]} for at in range(16)]
        for split in ("train", "validation", "test"):
            (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    cell = composed_cell(
        f"hydra.searchpath=[file://{tmp_path / 'conf'}]",
        "target=weather",
        f"data.root={tmp_path / 'data'}",
        "backbone=tiny",
        "target.recipe.lr=1e-2",
        "target.recipe.batch_size=4",
        "target.recipe.epochs=8",
        "trainer.accelerator=cpu",
    )
    results = run_cell(cell, tmp_path / "run", store=PhaseStore(tmp_path / "phases"))
    assert {(one.task, one.lang): one.value for one in results}[("weather", "en")] == 100
    assert {one.lang for one in results} == {"en", "sw"}
