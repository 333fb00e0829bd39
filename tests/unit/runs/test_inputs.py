"""A finished cell is done while what it read is what there is: data of all splits, weights of a folder."""

import json
import os
from dataclasses import replace

import pytest

from tests.helpers.cells import tiny_cell
from tests.helpers.corpus import write_corpus, write_split
from xtl.runs import inputs
from xtl.runs.inputs import changed_inputs, file_states, input_files, write_inputs
from xtl.schemas.backbone import BackboneConfig


@pytest.fixture
def root(tmp_path):
    return write_corpus(tmp_path / "data")


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


def recorded(config, run):
    write_inputs(run, file_states(input_files(config)))
    return config


def test_nothing_has_changed(root, run):
    assert changed_inputs(recorded(tiny_cell(root), run), run) == ""


@pytest.mark.parametrize(
    ("name", "is_read"),
    [
        ("en/train", True),
        ("en/validation", True),
        ("en/test", True),
        ("de/test", True),
        ("de/train", False),  # zero-shot: it is neither trained on nor validated on
        ("de/validation", False),
    ],
)
def test_a_changed_file_is_named_if_the_cell_reads_it(root, run, name, is_read):
    config = recorded(tiny_cell(root), run)
    path = root / "udpos" / f"{name}.conllu"
    path.write_text(path.read_text() + path.read_text())
    reason = f"{path.name.split('.')[0]} file {path} has changed since the results were written"
    assert changed_inputs(config, run) == (reason if is_read else "")


def test_validation_sets_of_all_languages_count_where_selections_are_compared(root, run):
    config = recorded(tiny_cell(root, "trainer.compare_selections=true"), run)
    write_split(root, "de", "validation", range(30, 33))
    assert "de/validation.conllu has changed" in changed_inputs(config, run)


@pytest.mark.parametrize(
    ("settings", "langs"),
    [
        (("intermediate=squad1", "target=udpos"), ["en"]),
        (("intermediate=qqp", "target=udpos"), ["en"]),
        (("intermediate=mixture", "intermediate.tasks=[squad1,qqp]", "target=udpos"), ["en"]),
        (("target=xquad", "target.langs=[de]"), ["en", "de"]),
    ],
)
def test_validation_files_count_where_scores_are_those_of_validation(root, run, settings, langs):
    config = tiny_cell(root, *settings)
    tasks = [name for name in ("squad1", "qqp", "xquad") if name in " ".join(settings)]
    paths = []
    for name in tasks:
        ending = "tsv" if name == "qqp" else "json"
        for lang in langs:
            paths.append(root / name / lang / f"validation.{ending}")
            paths[-1].parent.mkdir(parents=True)
            paths[-1].write_text("{}")
    recorded(config, run)
    for path in paths:
        path.write_text("{ }")
        assert changed_inputs(config, run) == (
            f"validation file {path} has changed since the results were written"
        )
        path.write_text("{}")
    # Records of before lack the files of languages that are trained on; that alone is no change.
    text = json.loads((run / "inputs.json").read_text())
    del text["list"]
    for name in tasks:
        text["files"].pop(f"{name}/en/{paths[0].name}", None)
        text["files"].pop(f"{name}/en/validation.json", None)
    (run / "inputs.json").write_text(json.dumps(text))
    assert changed_inputs(config, run) == ""
    paths[0].write_text("{ }")  # whose state was written down by the look at it
    assert "has changed since" in changed_inputs(config, run)


def test_training_sets_of_scored_languages_count_for_a_few_shots(root, run):
    config = recorded(tiny_cell(root, "target.shots=2"), run)
    write_split(root, "de", "train", range(30, 33))
    assert "de/train.conllu has changed" in changed_inputs(config, run)


def test_data_of_an_intermediate_phase_and_of_each_member_of_a_mixture_count(root, run):
    (root / "panx/de").mkdir(parents=True)
    path = root / "panx/de/train.iob2"
    path.write_text("Anna\tB-PER\n")
    for settings in (
        ("intermediate=panx", "intermediate.lang=de"),
        ("intermediate=mixture", "intermediate.tasks=[panx,udpos]", "intermediate.lang=de"),
    ):
        assert path in {file.path for file in input_files(tiny_cell(root, *settings)).values()}


def test_a_new_language_and_a_new_part_are_seen(root, run):
    config = recorded(tiny_cell(root), run)
    path = write_split(root, "hi", "test", range(3))
    assert changed_inputs(config, run) == f"test file {path} is new since the results were written"
    assert changed_inputs(replace(config, target=replace(config.target, langs=["de"])), run).endswith(
        "is gone"
    )
    path.unlink()
    assert changed_inputs(config, run) == ""
    (root / "udpos/en/train-00001-of-00002.conllu").write_text("")
    assert "train-00001-of-00002.conllu is new" in changed_inputs(config, run)


def test_files_of_other_splits_and_tasks_and_notes_are_not_read(root, run):
    config = recorded(tiny_cell(root), run)
    for name in (
        "README.md",
        "udpos/README.md",
        "udpos/de/testing.md",
        "panx/de/test.iob2",
        "udpos/xx/test.conllu",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    assert changed_inputs(config, run) == ""


def test_a_vanished_file_is_a_change(root, run):
    config = recorded(tiny_cell(root), run)
    (root / "udpos/de/test.conllu").unlink()
    assert changed_inputs(config, run) == "udpos/de/test.conllu was read for the results and is gone"


def test_the_same_content_written_anew_is_the_same_and_hashed_once(root, run, monkeypatch):
    config = recorded(tiny_cell(root), run)
    path = root / "udpos/de/test.conllu"
    os.utime(path, ns=(1, 1))
    assert changed_inputs(config, run) == ""
    assert json.loads((run / "inputs.json").read_text())["files"]["udpos/de/test.conllu"]["mtime_ns"] == 1
    monkeypatch.setattr(inputs, "digest_at", lambda *_: pytest.fail("size and time are those recorded"))
    assert changed_inputs(config, run) == ""


def test_a_folder_elsewhere_with_the_same_files_is_the_same(root, run, tmp_path):
    recorded(tiny_cell(root), run)
    moved = root.rename(tmp_path / "elsewhere")
    assert changed_inputs(tiny_cell(moved), run) == ""


def test_weights_of_a_folder_are_inputs(root, run, tmp_path):
    folder = tmp_path / "backbone"
    folder.mkdir()
    for name in ("model.safetensors", "config.json", "tokenizer.json", "notes.md"):
        (folder / name).write_text("{}")
    backbone = BackboneConfig(name="mine", source="hub", path=str(folder))
    config = recorded(replace(tiny_cell(root), backbone=backbone), run)
    (folder / "notes.md").write_text("changed")
    assert changed_inputs(config, run) == ""
    (folder / "tokenizer.json").write_text('{"other": 1}')
    assert changed_inputs(config, run) == (
        f"backbone file {folder / 'tokenizer.json'} has changed since the results were written"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "it does not say what it read (inputs.json is not there)"),
        ("{", "inputs.json cannot be read"),
        ('{"format": 3, "files": {"a": {"size": 1}}}', "inputs.json cannot be read"),
        ('{"format": -1, "files": {}}', "phases were trained in format -1, now in "),
    ],
)
def test_a_run_that_does_not_say_what_it_read_is_not_known_to_stand(root, run, text, reason):
    if text is not None:
        (run / "inputs.json").write_text(text)
    assert changed_inputs(tiny_cell(root), run).startswith(reason)


def test_data_that_come_with_xtl_are_no_files():
    assert input_files(replace(tiny_cell("."), data=replace(tiny_cell(".").data, source="pocket"))) == {}
