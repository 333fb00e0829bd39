"""Rules of choosing weights side by side: the same score as without, and each rule's own weights scored."""

import json

import pyarrow.parquet as pq
import pytest

from tests.helpers.cells import composed_cell
from xtl import results
from xtl.caching.session import SessionCache
from xtl.evaluation.evaluate import Evaluation
from xtl.pipeline.cell import run_cell
from xtl.pipeline.read import read_phase
from xtl.pipeline.watched import stored_report
from xtl.report.reading import read_alike
from xtl.store.store import PhaseStore
from xtl.training.epoch_weights import EpochWeights

SETTINGS = (
    "backbone=tiny", "target=pocket_pos",
    "data.sizes.train=64", "data.sizes.validation=12", "data.sizes.test=12",
    "trainer.precision=32-true", "trainer.accelerator=cpu", "target.recipe.epochs=5", "target.recipe.lr=1e-2",
    "target.langs=[de,sw,zh]",
)  # fmt: skip


def lines(folder) -> list[results.Result]:
    return results.read(folder / "results.jsonl")


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """One cell, rules compared."""
    folder = tmp_path_factory.mktemp("run")
    store = PhaseStore(tmp_path_factory.mktemp("store"))
    run_cell(composed_cell(*SETTINGS), folder, store=store)
    return folder, store


def test_every_rule_has_results_and_one_is_the_score(compared):
    folder, _ = compared
    by_rule = {}
    for line in lines(folder):
        by_rule.setdefault(line.run.selection, set()).add((line.lang, line.metric, line.run.is_selected))
    assert set(by_rule) == {"best_validation", "last", "best_mean", "oracle"}
    for rule, found in by_rule.items():
        assert {lang for lang, _, _ in found} == {"de", "sw", "zh"}
        assert {chosen for _, _, chosen in found} == {rule == "best_validation"}
    assert {line.run.selection for line in read_alike([folder])[""]} == {"best_validation"}


def test_the_score_and_the_weights_are_those_without_comparing(compared, tmp_path):
    folder, _ = compared
    run_cell(
        composed_cell(*SETTINGS, "trainer.compare_selections=false"),
        tmp_path / "plain",
        store=PhaseStore(tmp_path / "store"),
    )
    plain = lines(tmp_path / "plain")
    score = results.selected(lines(folder))
    assert [(line.lang, line.metric, line.value, line.run.phase_key) for line in score] == [
        (line.lang, line.metric, line.value, line.run.phase_key) for line in plain
    ]
    weights = "encoder/model.safetensors"
    assert (folder / weights).read_bytes() == (tmp_path / "plain" / weights).read_bytes()


def test_each_rule_s_numbers_are_those_of_a_run_that_chose_it(compared, tmp_path):
    folder, _ = compared
    last = run_cell(
        composed_cell(*SETTINGS, "target.recipe.selection=last"),
        tmp_path / "last",
        store=PhaseStore(tmp_path / "store"),
    )
    wanted = {(line.lang, line.metric): line.value for line in last if line.run.is_selected}
    found = {(line.lang, line.metric): line.value for line in lines(folder) if line.run.selection == "last"}
    assert found == wanted


def test_weights_of_epochs_are_held_no_more_when_a_phase_is_scored(tmp_path, monkeypatch):
    put, evaluate = EpochWeights.put, Evaluation.evaluate
    kept, held = [], []

    def put_and_seen(self, *arguments, **settings):
        put(self, *arguments, **settings)
        kept.append(self)
        assert self._held

    def seen_and_evaluated(self, *arguments, **settings):
        held.extend(each for weights in kept for each in weights._held)
        return evaluate(self, *arguments, **settings)

    monkeypatch.setattr(EpochWeights, "put", put_and_seen)
    monkeypatch.setattr(Evaluation, "evaluate", seen_and_evaluated)
    run_cell(composed_cell(*SETTINGS), tmp_path / "run", store=PhaseStore(tmp_path / "store"))
    assert len(kept) > 1
    assert held == []


def test_the_epochs_are_the_best_ones_of_the_record(compared):
    folder, _ = compared
    epochs = [json.loads(text) for text in (folder / "metrics.jsonl").read_text().splitlines()]
    (phase,) = json.loads((folder / "phases.json").read_text())["phases"]

    def best(score) -> int:
        values = [score(epoch) for epoch in epochs]
        return values.index(max(values)) + 1

    assert set(epochs[0]["val_scores"]) == {"en", "de", "sw", "zh"}
    assert phase["selections"] == {
        "last": 5,
        "best_validation": best(lambda epoch: epoch["val_score"]),
        "best_mean": best(lambda epoch: sum(epoch["val_scores"].values())),
    }
    assert phase["oracle"] == {
        lang: best(lambda epoch, lang=lang: epoch["val_scores"][lang]) for lang in ("en", "de", "sw", "zh")
    }
    assert all(epoch["val_scores"]["en"] == pytest.approx(epoch["val_score"]) for epoch in epochs)
    others = {*phase["selections"].values(), *phase["oracle"].values()} - {phase["selected_epoch"]}
    assert others, "the test needs rules that differ"
    for line in lines(folder):
        epoch = phase["selections"].get(line.run.selection) or phase["oracle"][line.lang]
        place = "" if epoch == phase["selected_epoch"] else f"epoch-{epoch}/"
        assert (
            pq.read_table(folder / f"predictions/pocket_pos/{place}{line.lang}.test.parquet").num_rows == 12
        )


def test_a_phase_from_the_store_has_them_all(compared, tmp_path):
    folder, store = compared
    again = run_cell(composed_cell(*SETTINGS), tmp_path / "again", store=store)
    assert json.loads((tmp_path / "again" / "phases.json").read_text())["phases"][0]["reused"]
    assert again == lines(folder)


def test_a_phase_that_was_compared_by_other_languages_has_the_rules_that_hold(compared, tmp_path, caplog):
    folder, store = compared
    with caplog.at_level("INFO", logger="xtl"):
        run_cell(composed_cell(*SETTINGS, "target.langs=[de]"), tmp_path, store=store)
    (phase,) = json.loads((tmp_path / "phases.json").read_text())["phases"]
    assert phase["reused"]
    assert phase["oracle"] == {}
    assert {line.run.selection for line in lines(tmp_path)} == {"best_validation", "last"}
    assert "target pocket_pos: no scores of best_mean and oracle; it was trained for a cell" in caplog.text
    assert {(line.lang, line.value) for line in results.selected(lines(tmp_path))} == {
        (line.lang, line.value) for line in results.selected(lines(folder)) if line.lang == "de"
    }


def test_other_rows_count_and_a_phase_that_does_not_say_which_is_taken_as_before(compared, caplog):
    _, store = compared
    (key,) = store.keys()
    cell = composed_cell(*SETTINGS)
    phase = read_phase("target", cell.target, cell, SessionCache())
    info = dict(store.info(key))
    whole = stored_report(info, phase)
    assert whole.oracle.keys() == {"en", "de", "sw", "zh"}
    changed = stored_report({**info, "watched": {**info["watched"], "zh": "0"}}, phase)
    assert (changed.oracle, whole.selections.keys() - changed.selections.keys()) == ({}, {"best_mean"})
    del info["watched"]
    with caplog.at_level("DEBUG", logger="xtl"):
        assert stored_report(info, phase) == whole
    assert "were not written down then" in caplog.text


@pytest.mark.parametrize("tuning", ["lora", "adapter"])
def test_weights_that_were_merged_are_put_back_as_another_epoch_had_them(tmp_path, tuning):
    chosen = (*SETTINGS, f"tuning={tuning}", "target.langs=[de]")
    run_cell(composed_cell(*chosen), tmp_path / "compared", store=PhaseStore(tmp_path / "one"))
    last = run_cell(
        composed_cell(*chosen, "target.recipe.selection=last", "trainer.compare_selections=false"),
        tmp_path / "last",
        store=PhaseStore(tmp_path / "two"),
    )
    found = lines(tmp_path / "compared")
    wanted = {line.metric: line.value for line in last}
    assert {line.metric: line.value for line in found if line.run.selection == "last"} == wanted
    (phase,) = json.loads((tmp_path / "compared" / "phases.json").read_text())["phases"]
    assert phase["selected_epoch"] != 5, "the test needs rules that differ"
