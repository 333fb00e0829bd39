"""The notebooks run from top to bottom with little data, say what is true, and are kept without outputs."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.helpers.cells import tiny_cell
from tests.helpers.commands import ROOT
from tests.helpers.counts import write_sweep
from tests.helpers.notebooks import cells_of, run_forked, run_in_kernel
from xtl import results
from xtl.pipeline.cell import run_cell
from xtl.store.store import PhaseStore

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NAMES = ("01_zero_shot", "02_scaling_study", "03_predictions", "04_own_task", "05_dashboard", "06_real_study")
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


class Case(NamedTuple):
    """What a notebook reads, and what it must print."""

    variables: dict[str, str]
    facts: list[str]


@pytest.fixture(scope="session")
def study(tmp_path_factory) -> Path:
    """A made-up sweep in which each size brings about five points, with counts per example."""
    folder = tmp_path_factory.mktemp("study")
    write_sweep(folder, langs=("de", "hi", "zh"), number=60)
    return folder


@pytest.fixture(scope="session")
def other(data_root, tmp_path_factory) -> Path:
    """The cell of ``finished`` with another seed, trained for one epoch."""
    folder = tmp_path_factory.mktemp("other")
    cell = tiny_cell(data_root, "seed=2", "target.recipe.epochs=1", "trainer.save_encoder=false")
    run_cell(cell, folder, store=PhaseStore(tmp_path_factory.mktemp("phases")))
    return folder


def zero_shot() -> Case:
    return Case({}, ["backbone: tiny; trained on English, scored in en, de, zh", "accuracy in"])


def scaling_study(study: Path) -> Case:
    lines = results.gather([study]).values()
    values = {
        rows: [line.value for of_run in lines for line in of_run if line.run.intermediate.rows == rows]
        for rows in (0, 400)
    }
    gain = sum(values[400]) / len(values[400]) - sum(values[0]) / len(values[0])
    facts = ["12 runs, seeds [1, 2, 3], 3 languages scored", "gains within 0.5 points count as none"]
    return Case(
        {"XTL_SWEEP": str(study)}, [*facts, f"{gain:+.2f}", "udpos after xnli in de (epochs:2): grows"]
    )


def predictions(run: Path, other: Path, entities: Path) -> Case:
    variables = {"XTL_RUN": str(run), "XTL_OTHER_RUN": str(other), "XTL_NER_RUN": str(entities)}
    first = results.read(run / results.FILE_NAME)
    lowest = min((line for line in first if line.metric == "accuracy" and line.lang != "en"), key=value_of)
    facts = [
        "udpos, test set: tiny trained on 48 rows of udpos in en",
        "udpos, seed 1: accuracy of 3 languages computed again, all equal",
        "udpos, seed 2: accuracy of 3 languages computed again, all equal",
        f"lowest accuracy: {lowest.lang}, {lowest.value:.1f};",
    ]
    spans = next(line for line in results.read(entities / results.FILE_NAME) if line.metric == "f1")
    return Case(variables, [*facts, f"{spans.lang} ({spans.value:.1f})"])


def value_of(line: results.Result) -> float:
    return line.value


def own_task() -> Case:
    texts = ["eo is Esperanto", "eo: 32 rows to test on", "validation.jsonl:1: expected only labels of task"]
    return Case({}, [*texts, "opinion, Esperanto: accuracy", "graded, Esperanto: accuracy"])


def dashboard() -> Case:
    return Case({}, ["group notebook, status done, backbone/name tiny, 5 epochs", "accuracy: de "])


@pytest.fixture
def case_of(request: pytest.FixtureRequest) -> Callable[[str], Case]:
    """The case of a notebook; what it reads is made when it is asked for."""

    def case(name: str) -> Case:
        match name:
            case "02_scaling_study":
                return scaling_study(request.getfixturevalue("study"))
            case "03_predictions":
                entities = request.getfixturevalue("run_of")("pocket_ner")
                return predictions(*map(request.getfixturevalue, ("finished", "other")), entities)
            case "06_real_study":
                return Case({}, ["50 cells, seeds [1, 2, 3, 4, 5], 12 languages", "udpos after stsb in de"])
            case _:
                return {"01_zero_shot": zero_shot, "04_own_task": own_task, "05_dashboard": dashboard}[name]()

    return case


def check(printed: str, case: Case) -> None:
    """Find each fact, and the score that 01 and 05 print twice, once from elsewhere."""
    for fact in case.facts:
        assert fact in printed
    for lang, again in re.findall(r"accuracy in (\w+), from predictions: ([\d.]+)", printed):
        (scored,) = re.findall(rf"^{lang} +([\d.]+) ", printed, flags=re.MULTILINE)
        assert scored == again


@each
def test_notebook_runs(path, case_of, tmp_path):
    case = case_of(path.stem)
    check(run_forked(path, tmp_path, **case.variables), case)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_cheap_notebook_runs_in_a_kernel(case_of, tmp_path, monkeypatch):
    case = case_of("02_scaling_study")
    monkeypatch.undo()  # the kernel is reached through sockets on this machine
    check(run_in_kernel(ROOT / "notebooks/02_scaling_study.ipynb", tmp_path, **case.variables), case)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@each
def test_notebook_runs_in_a_kernel_without_anything_made_before(path, case_of, tmp_path, monkeypatch):
    case = (
        case_of(path.stem) if path.stem != "03_predictions" else Case({}, ["all equal"])
    )  # it trains its runs
    monkeypatch.undo()
    check(run_in_kernel(path, tmp_path, XTL_CACHE=str(tmp_path / "cache"), **case.variables), case)


def test_a_study_that_is_not_there_is_told_with_the_command_that_makes_one(tmp_path):
    with pytest.raises(AssertionError, match="make one with `make quickstart`"):
        run_forked(ROOT / "notebooks/02_scaling_study.ipynb", tmp_path, XTL_SWEEP=str(tmp_path / "none"))


def test_there_are_six_and_their_readme_names_each():
    assert tuple(path.stem for path in NOTEBOOKS) == NAMES
    readme = (ROOT / "notebooks/README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((\w+)\.ipynb\)", readme) == list(NAMES)


@each
def test_notebook_holds_no_output_and_no_place_of_this_machine(path):
    for cell in cells_of(path):
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
        assert not cell["metadata"]
        source = "".join(cell["source"])
        assert not re.search(r"/(home|root|work|Users|tmp|mnt)\b", source)
        assert len(source.splitlines()) < 60


@each
def test_notebook_begins_with_what_it_shows_needs_and_takes(path):
    first = cells_of(path)[0]
    text = "".join(first["source"])
    assert first["cell_type"] == "markdown"
    assert re.match(r"# \d\. .+\n\n\S", text)
    assert "\n\n**Needs:** " in text
    assert re.search(r"\n\n\*\*Time:\*\* about .+ two CPU cores", text)
