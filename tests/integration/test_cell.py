"""One cell from files to results, with a real tokenizer and random weights."""

import json
import shutil
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch
from omegaconf import OmegaConf
from safetensors.torch import load_file

from tests.helpers.cells import tiny_cell
from tests.helpers.corpus import write_split
from tests.helpers.factories import result
from xtl import config, results
from xtl.errors import ConfigError, DataFormatError, DataNotFoundError, NonFiniteLossError
from xtl.metrics.functional import score_tags
from xtl.models import from_folder
from xtl.pipeline.cell import run_cell
from xtl.runs.fingerprint import is_complete
from xtl.runs.saved_run import SavedRun
from xtl.tasks.build import build_task


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def last_phase(folder: Path) -> dict:
    return json.loads((folder / "phases.json").read_text())["phases"][-1]


def test_run_folder_holds_all_of_the_run_and_nothing_else(finished):
    assert files_in(finished) == {
        "config.yaml",
        "environment.json",
        "metrics.jsonl",
        "phases.json",
        "results.jsonl",
        "inputs.json",
        "head.json",
        "head.safetensors",
        "encoder/config.json",
        "encoder/model.safetensors",
        "encoder/tokenizer.json",
        "encoder/tokenizer_config.json",
        "counts/udpos/de.test.parquet",
        "counts/udpos/en.test.parquet",
        "counts/udpos/hi.test.parquet",
        "predictions/udpos/de.test.parquet",
        "predictions/udpos/en.test.parquet",
        "predictions/udpos/hi.test.parquet",
    }


def test_a_run_in_the_folder_of_another_leaves_nothing_of_it(own_root, tmp_path):
    settings, folder = ("target.recipe.epochs=1", "target.langs=[de]"), tmp_path / "run"
    run_cell(tiny_cell(own_root, *settings, "trainer.compare_selections=true"), folder)
    copy = shutil.copytree(folder / "encoder", tmp_path / "encoder")
    for name in ("thresholds.json", "transfer.png", "status.json", "predictions/panx/de.test.parquet"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("{}")
    settings += ("trainer.save_encoder=false", "seed=2")
    run_cell(tiny_cell(own_root, *settings), folder)
    written = {"config.yaml", "environment.json", "metrics.jsonl", "phases.json", "results.jsonl"}
    written |= {"inputs.json", "head.json", "head.safetensors"}
    assert files_in(folder) == written | {
        f"{name}/udpos/de.test.parquet" for name in ("counts", "predictions")
    }
    run = SavedRun.open(folder, data_needed=True)
    task = build_task(run.config.target, run.config.data)
    trained = run.load(task).module.backbone.state_dict()
    shutil.copytree(copy, folder / "encoder")  # as versions before left it
    loaded = run.load(task).module.backbone.state_dict()
    assert all(torch.equal(weight, loaded[name]) for name, weight in trained.items())

    with pytest.raises(NonFiniteLossError):
        run_cell(tiny_cell(own_root, "target.recipe.lr=1e30", "target.recipe.clip=0"), folder)
    assert files_in(folder) <= {"config.yaml", "environment.json", "metrics.jsonl"} | {
        f"encoder/{path.name}" for path in copy.iterdir()
    }


def test_results_are_the_scores_of_the_prediction_files(finished):
    lines = results.read(finished / "results.jsonl")
    assert {(line.lang, line.metric) for line in lines} == {
        (lang, metric) for lang in ("en", "de", "hi") for metric in ("accuracy", "f1")
    }
    for line in lines:
        table = pq.read_table(finished / "predictions" / "udpos" / f"{line.lang}.test.parquet").to_pydict()
        assert line.value == score_tags(line.metric, table["predicted"], table["gold"])
        assert line.n == len(table["uid"]) == 15
        assert (line.run.seed, line.run.backbone, line.run.selection, line.run.target.rows) == (
            1,
            "tiny",
            "best_validation",
            48,
        )


def test_each_sentence_is_predicted_once_and_in_order(finished):
    table = pq.read_table(finished / "predictions" / "udpos" / "de.test.parquet").to_pydict()
    assert table["uid"] == [f"udpos/test/{row}" for row in range(15)]
    assert [len(tags) for tags in table["predicted"]] == [len(words) for words in table["words"]]


def test_it_learned_what_english_can_teach(finished):
    value = {(line.lang, line.metric): line.value for line in results.read(finished / "results.jsonl")}
    # 24 updates on 11 words; a constant answer would get 38%.
    assert value["en", "accuracy"] > 90


def test_the_record_of_epochs_and_the_environment_are_whole(finished):
    epochs = [json.loads(line) for line in (finished / "metrics.jsonl").read_text().splitlines()]
    assert [epoch["epoch"] for epoch in epochs] == [1, 2, 3, 4]
    assert epochs[3]["update"] == 24  # 48 sentences in batches of 8, four times
    assert epochs[3]["train_loss"] < epochs[0]["train_loss"]
    environment = json.loads((finished / "environment.json").read_text())
    assert environment["packages"]["torch"] == version("torch")  # without the build that torch adds
    assert environment["threads"] == torch.get_num_threads()
    phase = last_phase(finished)
    assert phase["tokens"] == epochs[3]["tokens"] > 0


@pytest.mark.parametrize(
    ("change", "done"),
    [
        ({}, True),
        ({"trainer.threads": 1, "trainer.checkpoint_seconds": 5, "trainer.save_encoder": False}, True),
        ({"seed": 2}, False),
        ({"target.langs": ["de"]}, False),
        ({"target.recipe.lr": 1e-3}, False),
        ({"trainer.compare_selections": True}, False),
    ],
)
def test_a_cell_is_done_if_nothing_that_changes_a_score_differs(finished, change, done):
    cell = config.load(finished / "config.yaml")
    cfg = OmegaConf.structured(cell)
    for key, value in change.items():
        OmegaConf.update(cfg, key, value)
    assert is_complete(OmegaConf.to_object(cfg), finished) is done


def test_results_that_are_replaced_are_named_with_what_differs(finished, caplog):
    cfg = OmegaConf.structured(config.load(finished / "config.yaml"))
    before = cfg.target.recipe.lr
    cfg.target.recipe.lr = 1e-3
    assert not is_complete(OmegaConf.to_object(cfg), finished)
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert f"(target.recipe.lr {before}, now 0.001); the cell runs again, and replaces them" in record.message


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({"train_task": "panx"}, "expected results of target udpos, found those of panx; give another"),
        (
            {"train_task": "udpos", "intermediate_task": "stsb", "intermediate_rows": 9},
            "expected results of intermediate xnli, found those of stsb",
        ),
        ({"train_task": "udpos", "intermediate_task": "stsb"}, None),  # a baseline trained nothing before
    ],
)
def test_results_of_other_tasks_are_not_replaced(own_root, tmp_path, found, message):
    cell = tiny_cell(own_root, "intermediate=xnli")
    results.write(tmp_path / results.FILE_NAME, [result(**found)])
    if message is None:
        assert not is_complete(cell, tmp_path)
        return
    with pytest.raises(ConfigError, match=message):
        is_complete(cell, tmp_path)


def test_a_cell_without_whole_results_or_of_another_version_is_not_done(finished, tmp_path, monkeypatch):
    cell = config.load(finished / "config.yaml")
    assert not is_complete(cell, tmp_path)
    (tmp_path / "results.jsonl").write_text((finished / "results.jsonl").read_text()[:-20])
    assert not is_complete(cell, tmp_path)
    monkeypatch.setattr("xtl.__version__", "0")
    assert not is_complete(cell, finished)


def test_a_cell_is_done_until_what_it_read_changes(own_root, tmp_path, caplog):
    cell, run = tiny_cell(own_root, "target.recipe.epochs=1", "trainer.save_encoder=false"), tmp_path / "run"
    first = run_cell(cell, run)
    assert is_complete(cell, run)
    moved = own_root.rename(tmp_path / "elsewhere")
    assert is_complete(tiny_cell(moved, "target.recipe.epochs=1", "trainer.save_encoder=false"), run)
    moved.rename(own_root)
    path = write_split(own_root, "de", "test", range(14, 18))
    with caplog.at_level("INFO"):
        assert not is_complete(cell, run)
    assert f"test file {path} has changed since the results were written; the cell runs again" in caplog.text
    second = run_cell(cell, run)
    assert is_complete(cell, run)
    assert first[0].run.target.data == second[0].run.target.data != ""
    assert first[0].data != second[0].data
    (run / "inputs.json").unlink()  # as a run of an older version
    assert not is_complete(cell, run)


def test_a_cell_that_is_stopped_leaves_no_results_of_another_config(own_root, tmp_path):
    run_cell(tiny_cell(own_root), tmp_path)
    with pytest.raises(NonFiniteLossError):
        run_cell(tiny_cell(own_root, "target.recipe.lr=1e30", "target.recipe.clip=0"), tmp_path)
    assert not (tmp_path / "results.jsonl").exists()


def test_the_saved_config_runs_the_same_cell(finished, data_root):
    cell = tiny_cell(data_root)
    assert cell.trainer.eval_tokens is None  # the device decides, and the file says what it decided
    cell.trainer.eval_tokens, cell.trainer.strategy = 1024, "single"
    assert config.load(finished / "config.yaml") == cell


def test_the_same_command_gives_the_same_numbers_and_weights(finished, data_root, tmp_path):
    run_cell(tiny_cell(data_root), tmp_path)
    first, second = (results.read(folder / "results.jsonl") for folder in (finished, tmp_path))
    assert [(r.lang, r.metric, r.value, r.run.phase_key) for r in first] == [
        (r.lang, r.metric, r.value, r.run.phase_key) for r in second
    ]
    for name in ("encoder/model.safetensors", "head.safetensors"):
        assert (finished / name).read_bytes() == (tmp_path / name).read_bytes()


@pytest.mark.parametrize("change", ["seed=2", "target.recipe.lr=1e-3", "target.recipe.epochs=1"])
def test_what_changes_the_weights_changes_the_key(finished, data_root, tmp_path, change):
    run_cell(tiny_cell(data_root, change), tmp_path)
    assert last_phase(finished)["key"] != last_phase(tmp_path)["key"]
    weights = [load_file(folder / "head.safetensors")["weight"] for folder in (finished, tmp_path)]
    assert not torch.equal(*weights)


def test_active_vocabulary_changes_no_weight(finished, data_root, tmp_path):
    run_cell(tiny_cell(data_root, "trainer.active_vocabulary=false"), tmp_path)
    active, full = (load_file(folder / "encoder" / "model.safetensors") for folder in (finished, tmp_path))
    for name, weight in active.items():
        torch.testing.assert_close(weight, full[name], rtol=1e-4, atol=1e-5)


def test_encoder_loads_as_any_hugging_face_folder(finished):
    assert from_folder(finished / "encoder").tokenizer("dog")["input_ids"][0] == 0


def test_two_training_languages_with_the_same_uids(data_root, tmp_path):
    root = tmp_path / "data"
    for lang in ("en", "de"):
        write_split(root, lang, "train", range(10))
        write_split(root, lang, "validation", range(10, 14))
    write_split(root, "hi", "test", range(4))
    found = run_cell(tiny_cell(root, "target.lang=[en,de]"), tmp_path / "run")
    assert Counter((result.run.target.lang, result.run.target.rows) for result in found) == {("en+de", 20): 2}


def test_early_stopping_ends_before_the_last_epoch(own_root, tmp_path):
    # A rate of 1e-12 moves no prediction, so the second validation is no better than the first.
    run_cell(
        tiny_cell(own_root, "target.recipe.epochs=9", "target.recipe.patience=1", "target.recipe.lr=1e-12"),
        tmp_path,
    )
    assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == 2
    assert last_phase(tmp_path)["selected_epoch"] == 1


def test_rule_last_keeps_the_last_epoch(own_root, tmp_path):
    found = run_cell(tiny_cell(own_root, "target.recipe.selection=last", "target.recipe.lr=1e-12"), tmp_path)
    assert last_phase(tmp_path)["selected_epoch"] == 4
    assert {result.run.selection for result in found} == {"last"}


def test_a_loss_that_is_no_number_stops_with_step_and_uids(own_root, tmp_path):
    with pytest.raises(NonFiniteLossError, match=r"update \d+: .*got nan; batch: en:udpos/train/\d"):
        run_cell(tiny_cell(own_root, "target.recipe.lr=1e30", "target.recipe.epochs=9"), tmp_path)
    assert not (tmp_path / "head.safetensors").exists()
    assert not (tmp_path / "results.jsonl").exists()


def test_a_bad_test_file_shows_before_training(own_root, tmp_path):
    path = own_root / "udpos" / "de" / "test.conllu"
    path.write_text(path.read_text().replace("\tNOUN\t", "\tNUON\t", 2).replace("\tVERB\t", "\tVREB\t", 1))
    with pytest.raises(DataFormatError, match=r"'NUON' 2 time\(s\).*'NOUN'.*'VREB' 1 time\(s\).*'VERB'"):
        run_cell(tiny_cell(own_root), tmp_path / "run")
    assert files_in(tmp_path / "run") == set()


def test_a_language_that_is_not_there(own_root, tmp_path):
    with pytest.raises(DataNotFoundError, match=r"language 'hi' of task 'udpos', found de, en"):
        run_cell(tiny_cell(own_root, "target.langs=[hi]"), tmp_path)


def test_a_split_that_is_not_there(own_root, tmp_path):
    (own_root / "udpos" / "en" / "validation.conllu").unlink()
    with pytest.raises(
        DataNotFoundError, match=r"a validation set in en to choose weights with.*selection=last"
    ):
        run_cell(tiny_cell(own_root), tmp_path)


def test_odd_words_and_long_sentences_lose_no_word(own_root, tmp_path):
    odd = ["\u2028", "a\u2028b", "form\x0cfeed", "x" * 5000, "\u200b", "new\x85line"]
    sentences = [odd, ["\u200b"], ["word"] * 3000, ["dog"]]
    text = "\ufeff" + "\n\n\n".join(
        "".join(f"{at}\t{word}\t_\tNOUN\t_\t_\t0\t_\t_\t_\n" for at, word in enumerate(words, 1))
        for words in sentences
    )
    path = own_root / "udpos" / "de" / "test.conllu"
    path.write_bytes(text.replace("\n", "\r\n").encode())
    run_cell(tiny_cell(own_root, "target.recipe.epochs=1"), tmp_path / "run")
    table = pq.read_table(tmp_path / "run" / "predictions" / "udpos" / "de.test.parquet").to_pydict()
    assert table["words"] == sentences
    assert [len(tags) for tags in table["predicted"]] == [6, 1, 3000, 1]


def test_no_epochs_scores_the_encoder_as_it_is(own_root, tmp_path):
    (own_root / "udpos/en/train.conllu").unlink()
    results = run_cell(tiny_cell(own_root, "target.recipe.epochs=0"), tmp_path)
    assert {(result.run.selection, result.run.target.rows, result.run.tokens) for result in results} == {
        ("untrained", 0, 0)
    }
    assert not (tmp_path / "metrics.jsonl").exists()


def test_another_split_than_the_test_can_be_scored(own_root, tmp_path):
    results = run_cell(
        tiny_cell(own_root, "target.recipe.epochs=0", "target.eval_split=validation"), tmp_path
    )
    assert {(result.lang, result.split, result.n) for result in results} == {("en", "validation", 4)}
