"""A task of one's own, of one file beside those of xtl."""

import json
from pathlib import Path

import pytest

from tests.helpers.cells import composed_cell
from xtl.cli import data as data_command
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


@pytest.fixture
def own(tmp_path: Path) -> list[str]:
    """Options of ``xtl-data`` that name the folders of a task of one's own, with one bad label."""
    (tmp_path / "conf" / "task").mkdir(parents=True)
    (tmp_path / "conf" / "task" / "weather.yaml").write_text(OWN_TASK)
    (tmp_path / "data" / "weather" / "en").mkdir(parents=True)
    rows = [{"text": "wet", "sky": "rain"}, {"text": "hot", "sky": "sun"}]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "data" / "weather" / "en" / "train.jsonl").write_text(lines)
    return ["--root", str(tmp_path / "data"), "--config-dir", str(tmp_path / "conf")]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["check"], "1 tasks, 1 splits, 2 rows; all could be read"),
        (["show", "weather", "--split=train"], "wet"),
        (["list", "weather"], "weather (classification)"),
        (["list"], "files in ROOT/weather"),
        (["prepare", "weather", "--backbone=tiny"], "weather"),
    ],
    ids=" ".join,
)
def test_its_data_are_looked_after(own, arguments, expected, capsys):
    data_command.main([*arguments, *own])
    assert expected in capsys.readouterr().out


def test_without_its_folder_it_is_not_known(own, capsys):
    with pytest.raises(SystemExit):
        data_command.main(["check", "weather", *own[:2]])
    assert "a new one is a file task/NAME.yaml in the folder of --config-dir" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        data_command.main(["check", *own[:2], "--config-dir", "nowhere"])
    assert "nowhere: expected a folder of config files, found none" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: weather", "expected a task with languages, metrics, found none"),
        ("name: [", "expected keys and values in YAML"),
    ],
)
def test_a_file_that_says_too_little(own, text, expected, capsys):
    file = Path(own[3], "task", "weather.yaml")
    file.write_text(f"defaults: [/task_type/tagging@_here_]\n{text}")
    with pytest.raises(SystemExit):
        data_command.main(["list", "weather", *own])
    assert f"weather.yaml: {expected}" in capsys.readouterr().err


def test_a_bad_file_hides_no_other_task(own, capsys, caplog):
    folder = Path(own[3], "task")
    (folder / "bad.yaml").write_text("defaults: [/task_type/tagging@_here_]\nname: bad")
    (folder / "foreign.yaml").write_text("defaults: [/task_type/no_such_type@_here_]\nname: foreign")
    data_command.main(["list", *own])
    assert "weather" in capsys.readouterr().out
    assert "bad.yaml: expected a task with languages, metrics, found none: left out" in caplog.text


def test_a_task_may_extend_another(own, capsys):
    folder = Path(own[3], "task")
    (folder / "storm.yaml").write_text("defaults: [weather, _self_]\nname: storm\nlanguages: en")
    (folder / "tags.yaml").write_text("defaults: [udpos, _self_]\nname: tags")
    data_command.main(["list", "storm", "tags", *own])
    out = capsys.readouterr().out
    assert "storm (classification)" in out
    assert "tags (tagging)" in out


@pytest.mark.parametrize(
    "defaults",
    [
        "[/family/tagging@_here_, _self_]",  # as the first version called it
        "[/task_type/tagging@_here_, /tuning/full@tuning, _self_]",  # and a choice of another group
    ],
)
def test_a_file_that_composes_is_listed(defaults, tmp_path, capsys):
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "older.yaml").write_text(
        f"defaults: {defaults}\nname: older\nlanguages: en de\nlabels: A B\nmetrics: [accuracy]\n"
    )
    settings = ("target=older", "backbone=tiny", f"data.root={tmp_path}")
    cell = composed_cell(f"hydra.searchpath=[file://{tmp_path}]", *settings)
    assert cell.target.task_type == "tagging"
    data_command.main(["list", "older", "--config-dir", str(tmp_path)])
    assert "tagging" in capsys.readouterr().out
