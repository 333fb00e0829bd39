"""Chains, the phase store, and going on after a kill: real processes, real signals."""

import hashlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.integration.conftest import WORDS, tiny_cell, write_split
from tests.integration.test_evaluate import evaluation
from xtl import config, results
from xtl.cli import phases as phases_command
from xtl.errors import ConfigError, DataNotFoundError
from xtl.evaluation.rescore import evaluate_run
from xtl.pipeline.cell import main as run_cell_file
from xtl.pipeline.cell import run_cell
from xtl.store.store import PhaseStore

INTERMEDIATE = ("intermediate=udpos", "intermediate.recipe.epochs=1", "intermediate.recipe.lr=1e-2")


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """All three languages to train on and to test on."""
    folder = tmp_path_factory.mktemp("data")
    for lang in WORDS:
        write_split(folder, lang, "train", range(48))
        write_split(folder, lang, "validation", range(48, 56))
        write_split(folder, lang, "test", range(56, 64))
    return folder


def phases(folder: Path) -> list[dict]:
    return json.loads((folder / "phases.json").read_text())["phases"]


def values(found) -> list[tuple]:
    return [(line.lang, line.metric, line.value, line.phase_key) for line in found]


def test_a_chain_trains_both_phases_and_says_so(root, tmp_path):
    found = run_cell(
        tiny_cell(root, *INTERMEDIATE, "intermediate.lang=de", "intermediate.fraction=0.25"), tmp_path / "run"
    )
    first, second = phases(tmp_path / "run")
    assert (first["phase"], first["lang"], first["rows"]) == ("intermediate", ["de"], 12)
    assert (second["phase"], second["lang"], second["rows"]) == ("target", ["en"], 48)
    line = found[0]
    assert (line.intermediate_task, line.intermediate_lang, line.intermediate_rows) == ("udpos", "de", 12)
    assert (line.intermediate_fraction, line.intermediate_budget) == (0.25, "epochs:1")
    assert (line.intermediate_ids, line.train_ids) == (first["ids"], second["ids"])
    assert line.phase_key == second["key"] != first["key"]
    epochs = [json.loads(text) for text in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [epoch["phase"] for epoch in epochs] == ["intermediate udpos"] + ["target udpos"] * 4
    assert line.tokens == sum(phase["tokens"] for phase in (first, second))


def test_the_head_of_the_phase_before_is_dropped(root, tmp_path):
    # Same task twice: a head that went on would begin where the first phase ended.
    run_cell(tiny_cell(root, *INTERMEDIATE, "target.recipe.lr=1e-12"), tmp_path / "run")
    store = PhaseStore()
    heads = [load_file(store.root / phase["key"] / "head.safetensors") for phase in phases(tmp_path / "run")]
    assert not torch.allclose(heads[0]["weight"], heads[1]["weight"], atol=1e-3)


def test_no_rows_is_the_baseline(root, tmp_path):
    baseline = run_cell(tiny_cell(root), tmp_path / "none")
    for number, nothing in enumerate(("fraction=0", "size=0")):
        cell = tiny_cell(root, "intermediate=udpos", "intermediate.lang=de", f"intermediate.{nothing}")
        folder = tmp_path / str(number)
        found = run_cell(cell, folder)
        assert values(found) == values(baseline)
        assert phases(folder)[0]["reused"]
        assert (found[0].intermediate_lang, found[0].intermediate_rows) == ("de", 0)


def test_a_phase_that_several_cells_need_is_trained_once(root, tmp_path):
    shared = (*INTERMEDIATE, "intermediate.lang=hi")
    first = run_cell(tiny_cell(root, *shared, "target.recipe.epochs=1"), tmp_path / "a")
    run_cell(tiny_cell(root, *shared, "target.recipe.epochs=2"), tmp_path / "b")
    assert [phase["reused"] for phase in phases(tmp_path / "b")] == [True, False]
    again = run_cell(tiny_cell(root, *shared, "target.recipe.epochs=1"), tmp_path / "c")
    assert values(again) == values(first)
    assert [phase["reused"] for phase in phases(tmp_path / "c")] == [True, True]
    assert (tmp_path / "a/metrics.jsonl").read_bytes() == (tmp_path / "c/metrics.jsonl").read_bytes()
    for name in ("encoder/model.safetensors", "head.safetensors"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "c" / name).read_bytes()
    assert len(PhaseStore().keys()) == 3


def test_an_encoder_from_the_store_goes_on_as_the_one_in_memory_would(root, tmp_path):
    cell = tiny_cell(root, *INTERMEDIATE, "intermediate.lang=de")
    run_cell(cell, tmp_path / "memory", store=PhaseStore(tmp_path / "one"))
    alone = tiny_cell(root, *INTERMEDIATE, "intermediate.lang=de", "target.recipe.epochs=1")
    run_cell(alone, tmp_path / "first", store=PhaseStore(tmp_path / "two"))
    run_cell(cell, tmp_path / "stored", store=PhaseStore(tmp_path / "two"))
    assert [phase["reused"] for phase in phases(tmp_path / "stored")] == [True, False]
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


def test_what_decides_the_weights_decides_the_key_and_nothing_else(root, tmp_path):
    short = ("target.recipe.epochs=1", "target.langs=[hi]")
    run_cell(tiny_cell(root, *short), tmp_path / "first")
    key = phases(tmp_path / "first")[-1]["key"]
    for number, change in enumerate(SAME_KEY):
        run_cell(tiny_cell(root, *short, change), tmp_path / f"same{number}")
        assert phases(tmp_path / f"same{number}")[-1]["key"] == key, change
    keys = {key}
    for number, change in enumerate(OTHER_KEY):
        run_cell(tiny_cell(root, *short, change), tmp_path / f"other{number}")
        keys.add(phases(tmp_path / f"other{number}")[-1]["key"])
    assert len(keys) == 1 + len(OTHER_KEY)


def test_one_changed_word_changes_the_key(own_root, tmp_path):
    run_cell(tiny_cell(own_root, "target.recipe.epochs=1"), tmp_path / "first")
    path = own_root / "udpos" / "en" / "train.conllu"
    path.write_text(path.read_text().replace("dog", "dug", 1))
    run_cell(tiny_cell(own_root, "target.recipe.epochs=1"), tmp_path / "second")
    assert phases(tmp_path / "first")[0]["key"] != phases(tmp_path / "second")[0]["key"]


def test_updates_are_the_same_at_every_size(root, tmp_path):
    for fraction in (0.1, 1):
        folder = tmp_path / str(fraction)
        run_cell(tiny_cell(root, f"target.fraction={fraction}", "target.budget=steps:12"), folder)
        epochs = [json.loads(text) for text in (folder / "metrics.jsonl").read_text().splitlines()]
        assert [epoch["update"] for epoch in epochs] == [3, 6, 9, 12]
        assert results.read(folder / "results.jsonl")[0].train_budget == "steps:12"


def test_more_rows_than_there_are(root, tmp_path):
    with pytest.raises(
        DataNotFoundError, match=r"intermediate udpos \(de\): expected at least size=49 rows.*got 48"
    ):
        run_cell(
            tiny_cell(root, "intermediate=udpos", "intermediate.lang=de", "intermediate.size=49"), tmp_path
        )


def truncate(entry: Path) -> None:
    path = entry / "encoder.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def flip_a_bit(entry: Path) -> None:
    path = entry / "head.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def lose_a_file(entry: Path) -> None:
    (entry / "head.safetensors").unlink()


def break_the_json(entry: Path) -> None:
    (entry / "phase.json").write_text("{")


def change_the_json(entry: Path) -> None:
    path = entry / "phase.json"
    path.write_text(path.read_text().replace('"seed": 1', '"seed": 2'))


@pytest.mark.parametrize("damage", [truncate, flip_a_bit, lose_a_file, break_the_json, change_the_json])
def test_a_damaged_entry_is_set_aside_and_trained_again(root, tmp_path, damage, capsys):
    cell = tiny_cell(root, "target.recipe.epochs=1", "target.langs=[de]")
    first = run_cell(cell, tmp_path / "first")
    store = PhaseStore()
    (key,) = store.keys()
    damage(store.root / key)
    again = run_cell(cell, tmp_path / "second")
    assert not phases(tmp_path / "second")[0]["reused"]
    assert values(again) == values(first)
    assert "it will be trained again" in capsys.readouterr().err
    assert (store.root / f"{key}.damaged-1").is_dir()
    assert store.keys() == [key]
    assert store.find(key) is not None


def test_a_run_without_its_own_encoder_is_scored_from_the_store(root, tmp_path):
    cell = tiny_cell(root, "trainer.save_encoder=false", "target.recipe.epochs=1")
    found = run_cell(cell, tmp_path / "run")
    assert not (tmp_path / "run" / "encoder").exists()
    assert evaluate_run(evaluation(tmp_path / "run"), tmp_path / "again") == found


def in_process(folder: Path, cache: Path, log: Path) -> None:
    """Run the cell of ``folder``'s config with its own cache and its output in ``log``."""
    os.environ["XTL_CACHE"] = str(cache)
    with log.open("a") as file:
        os.dup2(file.fileno(), 2)
        torch.set_num_threads(1)
        raise SystemExit(run_cell_file([str(folder / "config.yaml")]))


@pytest.fixture(scope="module")
def starter():
    """Start cells in processes of their own, forked from one that has imported everything."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.integration.test_phases"])

    def start(folder: Path, cache: Path) -> multiprocessing.Process:
        process = context.Process(target=in_process, args=(folder, cache, folder / "log.txt"))
        process.start()
        return process

    warm_up = context.Process(target=int)  # the first one waits for all imports
    warm_up.start()
    warm_up.join()
    return start


def new_run(folder: Path, cell: config.TrainConfig) -> Path:
    folder.mkdir()
    (folder / "config.yaml").write_text(config.dump(cell), encoding="utf-8")
    return folder


def weights_hash(cache: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(cache.glob("phases/*/*.safetensors")):
        digest.update(path.parent.name.encode() + path.name.encode() + path.read_bytes())
    return digest.hexdigest()


KILLED = {
    "tagging": (*INTERMEDIATE, "intermediate.lang=de"),
    "mixture": (
        "intermediate=mixture", "intermediate.tasks=[pocket_nli,pocket_text]", "intermediate.recipe.epochs=2",
        "data=pocket", "data.sizes.train=24", "data.sizes.validation=6", "data.sizes.test=6",
        "target=pocket_pos",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("kills", "intermediate"),
    [(4, "tagging"), (2, "mixture"), pytest.param(20, "tagging", marks=pytest.mark.slow)],
)
def test_killed_and_started_again_it_ends_with_the_same_weights(root, tmp_path, starter, kills, intermediate):
    # A checkpoint before every update; early stopping and the best epoch are part of what must be kept.
    cell = tiny_cell(
        root, *KILLED[intermediate], "target.recipe.epochs=6", "target.recipe.patience=3",
        "trainer.checkpoint_seconds=0", "trainer.save_encoder=false", "target.langs=[de]",
        "trainer.compare_selections=true",
    )  # fmt: skip
    whole = new_run(tmp_path / "whole", cell)
    began = time.monotonic()
    process = starter(whole, tmp_path / "whole_cache")
    process.join(120)
    seconds = time.monotonic() - began
    assert process.exitcode == 0, (whole / "log.txt").read_text()
    expected = weights_hash(tmp_path / "whole_cache")
    lines = (whole / "metrics.jsonl").read_text().splitlines()
    rng = random.Random(kills)  # noqa: S311
    killed = went_on = 0
    for number in range(3 * kills):
        if killed == kills:
            break
        run, cache = new_run(tmp_path / f"run{number}", cell), tmp_path / f"cache{number}"
        process = starter(run, cache)
        moment = rng.uniform(0.2, 0.95) * seconds
        time.sleep(moment)
        process.kill()
        process.join()
        if process.exitcode != -signal.SIGKILL:  # the machine got faster meanwhile: it had ended
            assert process.exitcode == 0, (run / "log.txt").read_text()
            seconds = moment
            continue
        killed += 1
        process = starter(run, cache)
        process.join(120)
        log = (run / "log.txt").read_text()
        assert process.exitcode == 0, log
        assert weights_hash(cache) == expected, log
        went_on += "going on from" in log
        now = (run / "metrics.jsonl").read_text().splitlines()
        for line, same in zip(lines, now, strict=True):
            measured = {"seconds": 0, "tokens_per_second": 0}
            assert json.loads(line) | measured == json.loads(same) | measured
        assert not list((cache / "phases" / "unfinished").glob("*"))
        shutil.rmtree(cache)
    assert killed == kills
    assert went_on >= kills // 4


def test_two_processes_that_need_a_phase_train_it_once(root, tmp_path, starter):
    cell = tiny_cell(root, "target.recipe.epochs=3", "target.langs=[de]", "trainer.save_encoder=false")
    runs = [new_run(tmp_path / name, cell) for name in ("a", "b")]
    processes = [starter(run, tmp_path / "cache") for run in runs]
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0], [
        (run / "log.txt").read_text() for run in runs
    ]
    assert sorted(phases(run)[0]["reused"] for run in runs) == [False, True]
    assert values(results.read(runs[0] / "results.jsonl")) == values(results.read(runs[1] / "results.jsonl"))


MIXTURE = (*KILLED["mixture"], "intermediate.sampling=uniform")


def test_a_mixture_trains_its_tasks_and_says_what_it_was(root, tmp_path):
    cell = tiny_cell(
        root, *MIXTURE, "+intermediate.settings.pocket_text={lang: sw, size: 10}", "target.langs=[de]"
    )
    (tmp_path / "config.yaml").write_text(config.dump(cell), encoding="utf-8")
    assert config.load(tmp_path / "config.yaml") == cell
    found = run_cell(cell, tmp_path / "run")
    line = found[0]
    assert (line.intermediate_task, line.intermediate_lang) == ("pocket_nli+pocket_text", "en+sw")
    assert line.intermediate_rows == 24 + 10
    epochs = [json.loads(text) for text in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    first = epochs[0]
    assert set(first["val_scores"]) == {"pocket_nli", "pocket_text"}
    assert first["val_score"] == pytest.approx(sum(first["val_scores"].values()) / 2, abs=1e-4)
    key = phases(tmp_path / "run")[0]["key"]
    other = tiny_cell(
        root, *MIXTURE, "+intermediate.settings.pocket_text={lang: sw, size: 10}", "target.langs=[de]",
        "+intermediate.rates.pocket_text=0.1",
    )  # fmt: skip
    run_cell(other, tmp_path / "other")
    assert phases(tmp_path / "other")[0]["key"] != key


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["intermediate.tasks=[]"], r"intermediate\.tasks: expected names of tasks"),
        (["intermediate.tasks=[pocket_nly]"], r"pocket_nly"),
        (["intermediate.tasks=[pocket_mining]"], r"expected tasks that train, got 'pocket_mining'"),
        (["+intermediate.settings.udpos={lang: de}"], r"settings: expected one of pocket_nli, pocket_text"),
        (["+intermediate.settings.pocket_nli={lag: de}"], r"lag"),
        (["intermediate.lang=xx"], r"settings\.pocket_nli\.lang: expected languages of task 'pocket_nli'"),
        (["+intermediate.rates.pocket_text=1.0"], r"rates\.pocket_text: expected a share between 0 and 1"),
        (["intermediate.sampling=unifor"], r"did you mean 'uniform'"),
        (["target=mixture"], r"target: expected a task that can be scored, got a mixture"),
    ],
)
def test_a_mixture_that_makes_no_sense_is_refused(root, overrides, message):
    with pytest.raises(ConfigError, match=message):
        tiny_cell(root, *MIXTURE, *overrides)


def test_the_store_is_listed_shown_and_cleared(root, tmp_path, capsys):
    run_cell(tiny_cell(root, "target.recipe.epochs=1", "target.langs=[de]"), tmp_path / "run")
    store = PhaseStore()
    (key,) = store.keys()
    phases_command.main(["list"])
    printed = capsys.readouterr().out
    assert key in printed
    assert "udpos" in printed
    phases_command.main(["show", key])
    assert json.loads(capsys.readouterr().out)["summary"]["rows"] == 48
    shutil.copytree(store.root / key, store.root / f"{key}.damaged-1")
    (store.root / "unfinished" / "0123").mkdir(parents=True)
    (store.root / "unfinished" / "4567").mkdir()
    with store.lock("4567"):
        phases_command.main(["gc", "--dry-run"])
        assert (store.root / f"{key}.damaged-1").is_dir()
        phases_command.main(["gc"])
    assert not (store.root / f"{key}.damaged-1").exists()
    assert not (store.root / "unfinished" / "0123").exists()
    assert (store.root / "unfinished" / "4567").exists()  # a process is at it
    assert store.keys() == [key]
    phases_command.main(["gc", "--older", "0"])
    assert store.keys() == []
    with pytest.raises(SystemExit):
        phases_command.main(["show", key])
    assert "expected a finished phase, found none" in capsys.readouterr().err


def test_shots_add_rows_of_the_scored_languages(root, tmp_path):
    short = ("target.recipe.epochs=1", "target.lang=en", "target.size=20")
    found = run_cell(tiny_cell(root, *short, "target.shots=5"), tmp_path / "all")
    assert {(line.shots, line.train_rows, line.train_lang) for line in found} == {(5, 30, "en")}  # de and hi
    found = run_cell(tiny_cell(root, *short, "target.shots=5", "target.langs=[hi]"), tmp_path / "one")
    assert {(line.lang, line.shots, line.train_rows) for line in found} == {("hi", 5, 25)}
    with pytest.raises(DataNotFoundError, match=r"shots of udpos \(hi\): expected at least size=49 rows"):
        run_cell(tiny_cell(root, *short, "target.shots=49", "target.langs=[hi]"), tmp_path / "many")
    with pytest.raises(DataNotFoundError, match="expected a training set in a scored language for shots=5"):
        run_cell(tiny_cell(root, *short, "target.shots=5", "target.langs=[en]"), tmp_path / "none")
