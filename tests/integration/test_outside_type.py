"""A task type of another package: it needs neither a fork of xtl nor an edit to it."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest

import xtl
from tests.helpers import outside_type
from tests.helpers.cells import evaluation
from xtl import config
from xtl.cli import predict
from xtl.errors import ConfigError
from xtl.evaluation.rescore import evaluate_run
from xtl.inspection.check import check_split
from xtl.pipeline.cell import run_cell
from xtl.store.store import PhaseStore
from xtl.tasks import registry
from xtl.tasks.build import build_task

CONF = Path(outside_type.__file__).parent / "conf"
WORDS = {"en": "dog cat house tree", "sw": "duka chai hewa tunda"}
"""Words that begin with the same letters in both languages."""


def sentences(lang: str, rows: range) -> list[str]:
    """Two words a sentence; every other one begins with a capital letter."""
    words = WORDS[lang].split()
    texts = [f"{words[row // 2 % 4]} {words[row // 8 % 4]}" for row in rows]
    return [text.capitalize() if row % 2 else text for row, text in zip(rows, texts, strict=True)]


def cell_of(root: Path, *overrides: str):
    """A cell of the type's only task, whose files stand beside the type."""
    return config.finalize(
        config.compose(
            "train",
            f"hydra.searchpath=[file://{CONF}]",
            "target=headlines",
            "backbone=tiny",
            f"data.root={root}",
            "target.recipe={lr: 1e-2, epochs: 6, batch_size: 8}",
            "trainer={accelerator: cpu, precision: 32-true, compare_selections: false}",
            *overrides,
        )
    )


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """English to train on, two languages to test on."""
    folder = tmp_path_factory.mktemp("outside")
    for lang, split, rows in (
        ("en", "train", range(48)),
        ("en", "validation", range(48, 64)),
        ("en", "test", range(16)),
        ("sw", "test", range(16)),
    ):
        path = folder / "headlines" / lang / f"{split}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(sentences(lang, rows)) + "\n")
    return folder


@pytest.fixture(scope="module", params=["registered", "installed"])
def known(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The type made known by a call, or by the entry point of an installed package."""
    config.register()  # what was registered before a type was known must not hide it
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "registered":
            patch.setattr(registry, "_registered", {})
            xtl.register(outside_type.TASK_TYPE)
        else:
            site = tmp_path_factory.mktemp("site")
            metadata = site / "xtl_outside-0.1.dist-info"
            metadata.mkdir()
            (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: xtl-outside\nVersion: 0.1\n")
            (metadata / "entry_points.txt").write_text(
                f"[{registry.ENTRY_POINTS}]\ncapital = tests.helpers.outside_type:TASK_TYPE\n"
            )
            patch.syspath_prepend(site)
            registry._installed_types.cache_clear()
        yield
    registry._installed_types.cache_clear()


@pytest.fixture(scope="module")
def run(known: None, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run folder of a finished cell."""
    folder = tmp_path_factory.mktemp("run")
    run_cell(cell_of(root), folder, store=PhaseStore(tmp_path_factory.mktemp("phases")))
    return folder


def test_a_type_that_nobody_made_known_is_refused():
    with pytest.raises(ConfigError, match=r"task_type: expected one of .*, got 'capital'"):
        registry.task_type("capital")


def test_registering_imports_no_more_than_it_must():
    light = "import sys, xtl; xtl.register; assert not {'torch', 'hydra', 'transformers'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", light], cwd=Path(xtl.__file__).parents[1], check=True)


def test_it_composes_with_its_own_setting_and_check(known, root, tmp_path):
    cell = cell_of(root, "target.skip=1", "intermediate=headlines", "intermediate.size=8")
    assert (cell.target.task_type, cell.target.skip, cell.intermediate.skip) == ("capital", 1, 0)
    (tmp_path / "config.yaml").write_text(config.dump(cell), encoding="utf-8")
    assert config.load(tmp_path / "config.yaml") == cell
    with pytest.raises(ConfigError, match=r"target\.skip: expected 0 or more characters, got -1"):
        cell_of(root, "target.skip=-1")


def test_it_trains_and_scores_in_another_language(run):
    results = [json.loads(line) for line in (run / "results.jsonl").read_text().splitlines()]
    assert {(line["task"], line["lang"], line["metric"], line["value"]) for line in results} == {
        ("headlines", "en", "accuracy", 100.0),
        ("headlines", "sw", "accuracy", 100.0),
    }


def test_its_data_are_checked_as_those_of_other_types(known, root):
    cell = cell_of(root)
    report = check_split(build_task(cell.target, cell.data), "sw", "test")
    assert (report.rows, report.labels, report.error) == (16, {"small": 8, "capital": 8}, "")
    assert [(lengths.unit, lengths.longest) for lengths in report.lengths] == [("words", 2)]


def test_it_is_scored_again(run, tmp_path):
    results = evaluate_run(evaluation(run, "langs=[sw]"), tmp_path)
    assert [(result.lang, result.value) for result in results] == [("sw", 100.0)]


def test_it_predicts_what_evaluation_wrote(run, monkeypatch, capsysbinary):
    stdin = SimpleNamespace(buffer=io.BytesIO("\n".join(sentences("sw", range(16))).encode()), isatty=bool)
    monkeypatch.setattr("sys.stdin", stdin)
    predict.main([f"run={run}", "--lang", "sw", "--precision", "32-true", "--accelerator", "cpu"])
    records = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    rows = pq.read_table(run / "predictions" / "headlines" / "sw.test.parquet").to_pylist()
    assert [record["is_capital"] for record in records] == [row["predicted"] for row in rows]
