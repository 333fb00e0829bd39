"""Chains of phases: what is trained, what is trained once, and what decides a phase's key."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file

from tests.helpers.cells import tiny_cell
from tests.helpers.runs import INTERMEDIATE, phase_summaries, scores
from xtl import results
from xtl.errors import DataNotFoundError
from xtl.pipeline.cell import run_cell
from xtl.store.store import PhaseStore


def test_a_chain_trains_both_phases_and_says_so(all_langs_root, tmp_path):
    found = run_cell(
        tiny_cell(all_langs_root, *INTERMEDIATE, "intermediate.lang=de", "intermediate.fraction=0.25"),
        tmp_path / "run",
    )
    first, second = phase_summaries(tmp_path / "run")
    assert (first["phase"], first["lang"], first["rows"]) == ("intermediate", ["de"], 12)
    assert (second["phase"], second["lang"], second["rows"]) == ("target", ["en"], 48)
    line = found[0]
    assert (line.run.intermediate.task, line.run.intermediate.lang, line.run.intermediate.rows) == (
        "udpos",
        "de",
        12,
    )
    assert (line.run.intermediate.fraction, line.run.intermediate.budget) == (0.25, "epochs:1")
    assert (line.run.intermediate.ids, line.run.target.ids) == (first["ids"], second["ids"])
    assert line.run.phase_key == second["key"] != first["key"]
    epochs = [json.loads(text) for text in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [epoch["phase"] for epoch in epochs] == ["intermediate udpos"] + ["target udpos"] * 4
    assert line.run.tokens == sum(phase["tokens"] for phase in (first, second))
    intermediate, target = line.run.phases
    assert (intermediate.metric, target.metric) == ("accuracy", "accuracy")
    assert intermediate.validation == pytest.approx(epochs[0]["val_score"], abs=1e-4)
    assert target.validation == pytest.approx(epochs[second["selected_epoch"]]["val_score"], abs=1e-4)
    assert isinstance(intermediate.at_chance, bool)


def test_a_phase_that_learns_nothing_says_so(all_langs_root, tmp_path, caplog):
    """Hardly any step is taken: all words get one tag, or nearly."""
    cell = tiny_cell(all_langs_root, *INTERMEDIATE, "intermediate.recipe.lr=1e-9", "target.recipe.epochs=1")
    found = run_cell(cell, tmp_path / "run")
    assert all(line.run.intermediate.at_chance is True for line in found)
    assert "on its own validation set is chance: it has learned nothing" in caplog.text


def test_the_head_of_the_phase_before_is_dropped(all_langs_root, tmp_path):
    # Same task twice: a head that went on would begin where the first phase ended.
    run_cell(tiny_cell(all_langs_root, *INTERMEDIATE, "target.recipe.lr=1e-12"), tmp_path / "run")
    store = PhaseStore()
    heads = [
        load_file(store.root / phase["key"] / "head.safetensors")
        for phase in phase_summaries(tmp_path / "run")
    ]
    assert not torch.allclose(heads[0]["weight"], heads[1]["weight"], atol=1e-3)


def test_no_rows_is_the_baseline(all_langs_root, tmp_path):
    baseline = run_cell(tiny_cell(all_langs_root), tmp_path / "none")
    for number, nothing in enumerate(("fraction=0", "size=0")):
        cell = tiny_cell(
            all_langs_root, "intermediate=udpos", "intermediate.lang=de", f"intermediate.{nothing}"
        )
        folder = tmp_path / str(number)
        found = run_cell(cell, folder)
        assert scores(found) == scores(baseline)
        assert phase_summaries(folder)[0]["reused"]
        phase = found[0].run.intermediate
        assert (phase.lang, phase.rows, phase.metric, phase.validation) == ("de", 0, "", None)
        assert phase.at_chance is None


def test_a_phase_that_several_cells_need_is_trained_once(all_langs_root, tmp_path):
    shared = (*INTERMEDIATE, "intermediate.lang=hi")
    first = run_cell(tiny_cell(all_langs_root, *shared, "target.recipe.epochs=1"), tmp_path / "a")
    run_cell(tiny_cell(all_langs_root, *shared, "target.recipe.epochs=2"), tmp_path / "b")
    assert [phase["reused"] for phase in phase_summaries(tmp_path / "b")] == [True, False]
    again = run_cell(tiny_cell(all_langs_root, *shared, "target.recipe.epochs=1"), tmp_path / "c")
    assert scores(again) == scores(first)
    assert [phase["reused"] for phase in phase_summaries(tmp_path / "c")] == [True, True]
    assert again[0].run.phases == first[0].run.phases
    assert None not in (first[0].run.intermediate.at_chance, first[0].run.target.validation)
    assert (tmp_path / "a/metrics.jsonl").read_bytes() == (tmp_path / "c/metrics.jsonl").read_bytes()
    for name in ("encoder/model.safetensors", "head.safetensors"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "c" / name).read_bytes()
    assert len(PhaseStore().keys()) == 3


def test_an_encoder_from_the_store_goes_on_as_the_one_in_memory_would(all_langs_root, tmp_path):
    cell = tiny_cell(all_langs_root, *INTERMEDIATE, "intermediate.lang=de")
    run_cell(cell, tmp_path / "memory", store=PhaseStore(tmp_path / "one"))
    alone = tiny_cell(all_langs_root, *INTERMEDIATE, "intermediate.lang=de", "target.recipe.epochs=1")
    run_cell(alone, tmp_path / "first", store=PhaseStore(tmp_path / "two"))
    run_cell(cell, tmp_path / "stored", store=PhaseStore(tmp_path / "two"))
    assert [phase["reused"] for phase in phase_summaries(tmp_path / "stored")] == [True, False]
    name = "encoder/model.safetensors"
    assert (tmp_path / "memory" / name).read_bytes() == (tmp_path / "stored" / name).read_bytes()


SAME_KEY = [
    "trainer.compare_selections=true",
    "trainer.checkpoint_seconds=7",
    "trainer.save_encoder=false",
    "target.langs=[de]",
    "trainer.threads=1",
]
OTHER_KEY = [
    "seed=2",
    "target.recipe.lr=1e-3",
    "target.recipe.clip=2.0",
    "target.max_len=64",
    "target.fraction=0.5",
    "target.lang=de",
    "target.budget=steps:5",
    "intermediate=udpos",
]


def test_what_decides_the_weights_decides_the_key_and_nothing_else(all_langs_root, tmp_path):
    short = ("target.recipe.epochs=1", "target.langs=[hi]")
    run_cell(tiny_cell(all_langs_root, *short), tmp_path / "first")
    key = phase_summaries(tmp_path / "first")[-1]["key"]
    for number, change in enumerate(SAME_KEY):
        run_cell(tiny_cell(all_langs_root, *short, change), tmp_path / f"same{number}")
        assert phase_summaries(tmp_path / f"same{number}")[-1]["key"] == key, change
    keys = {key}
    for number, change in enumerate(OTHER_KEY):
        run_cell(tiny_cell(all_langs_root, *short, change), tmp_path / f"other{number}")
        keys.add(phase_summaries(tmp_path / f"other{number}")[-1]["key"])
    assert len(keys) == 1 + len(OTHER_KEY)


def test_one_changed_word_changes_the_key(own_root, tmp_path):
    run_cell(tiny_cell(own_root, "target.recipe.epochs=1"), tmp_path / "first")
    path = own_root / "udpos" / "en" / "train.conllu"
    path.write_text(path.read_text().replace("dog", "dug", 1))
    run_cell(tiny_cell(own_root, "target.recipe.epochs=1"), tmp_path / "second")
    assert phase_summaries(tmp_path / "first")[0]["key"] != phase_summaries(tmp_path / "second")[0]["key"]


def test_updates_are_the_same_at_every_size(all_langs_root, tmp_path):
    for fraction in (0.1, 1):
        folder = tmp_path / str(fraction)
        run_cell(tiny_cell(all_langs_root, f"target.fraction={fraction}", "target.budget=steps:12"), folder)
        epochs = [json.loads(text) for text in (folder / "metrics.jsonl").read_text().splitlines()]
        assert [epoch["update"] for epoch in epochs] == [3, 6, 9, 12]
        assert results.read(folder / "results.jsonl")[0].run.target.budget == "steps:12"


def test_more_rows_than_there_are(all_langs_root, tmp_path):
    with pytest.raises(
        DataNotFoundError, match=r"intermediate udpos \(de\): expected at least size=49 rows.*got 48"
    ):
        run_cell(
            tiny_cell(all_langs_root, "intermediate=udpos", "intermediate.lang=de", "intermediate.size=49"),
            tmp_path,
        )


def test_shots_are_of_scored_languages_and_one_without_a_training_set_is_told(
    all_langs_root, tmp_path, caplog
):
    root = shutil.copytree(all_langs_root, tmp_path / "data")
    (root / "udpos" / "de" / "test.conllu").unlink()  # trained in, not scored
    (root / "udpos" / "hi" / "train.conllu").unlink()
    short = ("target.recipe.epochs=1", "target.lang=en", "target.size=20", "target.shots=5")
    with pytest.raises(DataNotFoundError, match="expected a scored language besides en with a training set"):
        run_cell(tiny_cell(root, *short), tmp_path / "run")
    found = run_cell(tiny_cell(all_langs_root, *short, "target.langs=[de,en]"), tmp_path / "two")
    assert {line.run.target.rows for line in found} == {25}
    shutil.copytree(all_langs_root / "udpos" / "de", root / "udpos" / "de", dirs_exist_ok=True)
    found = run_cell(tiny_cell(root, *short), tmp_path / "run")
    assert {line.run.target.rows for line in found} == {25}
    assert "udpos: no training set, and so none of the shots=5, in hi" in caplog.text


def test_shots_add_rows_of_the_scored_languages(all_langs_root, tmp_path):
    short = ("target.recipe.epochs=1", "target.lang=en", "target.size=20")
    found = run_cell(tiny_cell(all_langs_root, *short, "target.shots=5"), tmp_path / "all")
    assert {(line.run.shots, line.run.target.rows, line.run.target.lang) for line in found} == {
        (5, 30, "en")
    }  # de and hi
    found = run_cell(
        tiny_cell(all_langs_root, *short, "target.shots=5", "target.langs=[hi]"), tmp_path / "one"
    )
    assert {(line.lang, line.run.shots, line.run.target.rows) for line in found} == {("hi", 5, 25)}
    with pytest.raises(DataNotFoundError, match=r"shots of udpos \(hi\): expected at least size=49 rows"):
        run_cell(tiny_cell(all_langs_root, *short, "target.shots=49", "target.langs=[hi]"), tmp_path / "many")
    with pytest.raises(
        DataNotFoundError, match="expected a scored language besides en with a training set for shots=5"
    ):
        run_cell(tiny_cell(all_langs_root, *short, "target.shots=5", "target.langs=[en]"), tmp_path / "none")
