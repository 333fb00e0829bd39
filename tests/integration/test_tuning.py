"""Cells with each tuning: told, stored, handed on to the next phase, and gone on with after a stop."""

import json
import re

import pytest
import torch
from safetensors.torch import load_file

from tests.helpers.cells import evaluation, tiny_cell
from tests.helpers.corpus import WORDS, write_split
from xtl.caching.session import SessionCache
from xtl.errors import ConfigError
from xtl.evaluation.rescore import evaluate_run
from xtl.models import tiny
from xtl.pipeline.cell import run_cell
from xtl.store.store import PhaseStore
from xtl.tasks.tagging.module import TokenTagging
from xtl.types import TUNINGS

SMALL = ("tuning.rank=4", "tuning.units=8", "tuning.layers=1", "target.langs=[de]", "target.recipe.epochs=1")
BEFORE = ("intermediate=udpos", "intermediate.lang=de", "intermediate.recipe.epochs=1")
NAMES = {"freeze_n": "freeze_n:1", "lora": "lora:4", "adapter": "adapter:8"}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for lang in WORDS:
        for split, rows in (("train", range(24)), ("validation", range(24, 28)), ("test", range(28, 32))):
            write_split(folder, lang, split, rows)
    return folder


def keys(folder) -> list[str]:
    return [phase["key"] for phase in json.loads((folder / "phases.json").read_text())["phases"]]


@pytest.mark.parametrize("name", TUNINGS)
def test_a_chain_through_the_phase_store(root, tmp_path, name, capsys):
    cell = tiny_cell(root, *BEFORE, *SMALL, f"tuning={name}")
    cache = SessionCache()
    found = run_cell(cell, tmp_path / "first", cache=cache)
    told = re.findall(
        r"(intermediate|target) udpos: training ([\d,]+) weights of the encoder and ([\d,]+) of the head, "
        r"([\d.]+)% of ([\d,]+)",
        capsys.readouterr().err,
    )
    assert [one[0] for one in told] == ["intermediate", "target"]
    shares = [float(one[3]) for one in told]
    assert shares == [100, 100] if name == "full" else max(shares) < 50
    assert {line.run.tuning for line in found} == {NAMES.get(name, name)}

    again = run_cell(cell, tmp_path / "again", cache=cache)  # all from the store, the encoder from memory
    assert again == found
    fresh = tiny_cell(root, *BEFORE, *SMALL, f"tuning={name}", "target.recipe.epochs=2")
    run_cell(fresh, tmp_path / "on")  # the second phase begins with what the store has of the first
    run_cell(fresh, tmp_path / "alone", store=PhaseStore(tmp_path / "own"))
    for file in ("encoder/model.safetensors", "encoder/config.json"):
        assert (tmp_path / "on" / file).read_bytes() == (tmp_path / "alone" / file).read_bytes()
    assert evaluate_run(evaluation(tmp_path / "first", "langs=[de]"), tmp_path / "scored") == found


def test_phases_may_differ_and_full_keeps_its_key(root, tmp_path):
    run_cell(tiny_cell(root, *BEFORE, *SMALL), tmp_path / "full")
    found = run_cell(tiny_cell(root, *BEFORE, *SMALL, "intermediate.tuning.name=bitfit"), tmp_path / "differ")
    assert found[0].run.tuning == "bitfit>full"
    assert keys(tmp_path / "full")[0] != keys(tmp_path / "differ")[0]
    # What another tuning would read is no part of a key.
    run_cell(tiny_cell(root, *BEFORE, *SMALL, "tuning.dropout=0.5"), tmp_path / "same")
    assert keys(tmp_path / "same") == keys(tmp_path / "full")


def test_matrices_beside_the_embedding_table_are_trained_in_every_phase(root, tmp_path):
    tuning = ("tuning=lora", "tuning.targets=[query,word_embeddings]", "tuning.rank=2")
    run_cell(tiny_cell(root, *BEFORE, *SMALL, *tuning), tmp_path)
    before = tiny().backbone.encoder.get_input_embeddings().weight
    after = load_file(tmp_path / "encoder" / "model.safetensors")["embeddings.word_embeddings.weight"]
    rows = (after != before).any(dim=1).sum()
    assert 0 < rows < len(before)


def test_a_mixture_has_one_tuning(root, tmp_path, capsys):
    both = ("intermediate=mixture", "intermediate.tasks=[udpos]", "intermediate.recipe.epochs=1")
    cell = tiny_cell(root, *both, *SMALL, "intermediate.tuning.name=lora")
    assert cell.intermediate.members["udpos"].tuning == cell.intermediate.tuning
    found = run_cell(cell, tmp_path / "run")
    assert found[0].run.tuning == "lora:4>full"
    assert "training 1,024 weights of the encoder" in capsys.readouterr().err
    with pytest.raises(ConfigError, match=r"settings\.udpos\.tuning: expected none"):
        tiny_cell(root, *both, "+intermediate.settings.udpos.tuning.name=bitfit")


def test_what_is_frozen_is_as_it_was_pretrained(root, tmp_path):
    run_cell(tiny_cell(root, *SMALL, "tuning=lora"), tmp_path / "run")
    trained = load_file(tmp_path / "run" / "encoder" / "model.safetensors")
    for name, weight in tiny().backbone.encoder.state_dict().items():
        merged = name.endswith(("query.weight", "value.weight"))
        assert torch.equal(trained[name], weight) != merged, name


@pytest.mark.parametrize("name", ["lora", "adapter"])
def test_a_fit_that_was_stopped_goes_on(root, tmp_path, monkeypatch, name):
    cell = tiny_cell(root, *SMALL, f"tuning={name}", "target.recipe.epochs=4", "trainer.checkpoint_seconds=0")
    whole = run_cell(cell, tmp_path / "whole", store=PhaseStore(tmp_path / "one"))
    loss, calls = TokenTagging.loss, []

    def stop(module, batch):
        calls.append(1)
        if len(calls) == 8:  # of 12 updates, after two validations
            raise RuntimeError("stopped")
        return loss(module, batch)

    store = PhaseStore(tmp_path / "two")
    monkeypatch.setattr(TokenTagging, "loss", stop)
    with pytest.raises(RuntimeError, match="stopped"):
        run_cell(cell, tmp_path / "run", store=store)
    assert list(store.root.glob("unfinished/*/checkpoint.pt"))
    calls.clear()

    def count(module, batch):
        calls.append(1)
        return loss(module, batch)

    monkeypatch.setattr(TokenTagging, "loss", count)
    on = run_cell(cell, tmp_path / "run", store=store)
    assert len(calls) < 12
    assert [line.value for line in on] == [line.value for line in whole]
    for file in ("encoder/model.safetensors", "head.safetensors"):
        assert (tmp_path / "run" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
