"""Results of an earlier run: kept until the cell can really run again."""

import shutil

import pytest

from tests.helpers.cells import tiny_cell
from tests.helpers.corpus import write_split
from xtl.errors import ConfigError, DataFormatError, DataNotFoundError, XtlError
from xtl.pipeline.cell import run_cell
from xtl.store.store import PhaseStore

RESULTS = ("results.jsonl", "phases.json", "inputs.json", "head.safetensors")


@pytest.fixture
def finished(tmp_path):
    """Data and run folder of a finished cell, and a function that runs it again."""
    data, run = tmp_path / "data", tmp_path / "run"
    for lang, split, rows in (("en", "train", 12), ("en", "validation", 4), ("de", "test", 5)):
        write_split(data, lang, split, range(rows))

    def again(*overrides):
        return run_cell(
            tiny_cell(data, "target.langs=[de]", *overrides), run, store=PhaseStore(tmp_path / "phases")
        )

    again()
    return data, run, again


def contents(run):
    files = [*(run / name for name in RESULTS), *sorted((run / "predictions").rglob("*.parquet"))]
    return [file.read_bytes() for file in files]


def test_data_that_are_gone_take_no_results_with_them(finished, tmp_path):
    data, run, again = finished
    before = contents(run)
    shutil.move(data / "udpos", tmp_path / "kept")
    with pytest.raises(DataNotFoundError):
        again()
    assert contents(run) == before
    shutil.move(tmp_path / "kept", data / "udpos")
    again()
    assert len(contents(run)) == len(before)


def test_a_file_that_an_edit_broke_takes_no_results_with_it(finished):
    data, run, again = finished
    before = contents(run)
    (file,) = (data / "udpos" / "de").iterdir()
    file.write_text("1\tno columns\n\n")
    with pytest.raises(DataFormatError):
        again()
    assert contents(run) == before


def test_another_cell_that_cannot_read_its_data_leaves_the_run_as_it_was(finished, tmp_path):
    data, run, again = finished
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    shutil.move(data / "udpos", tmp_path / "kept")
    with pytest.raises(DataNotFoundError):
        again("target.recipe.lr=1e-3")
    assert before == {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["encoder/model.safetensors", "predictions/mine.csv", "config.yaml"])
def test_a_folder_of_something_else_is_left_alone(finished, tmp_path, name):
    data, _, _ = finished
    path = tmp_path / "project" / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(
        ConfigError, match=f"expected a new folder or .*, got one with {name.partition('/')[0]}"
    ):
        run_cell(tiny_cell(data), tmp_path / "project")
    assert path.read_text() == "mine"


def test_the_encoder_that_a_run_starts_from_is_not_replaced(finished):
    data, run, _ = finished
    before = (run / "encoder" / "model.safetensors").read_bytes()
    start = f"backbone.path={run / 'encoder'}"
    with pytest.raises(ConfigError, match=r"backbone\.path=.*: expected a folder outside of the run folder"):
        run_cell(tiny_cell(data, "backbone.source=hub", start), run)
    assert (run / "encoder" / "model.safetensors").read_bytes() == before


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of torch's launcher's logs
@pytest.mark.parametrize("rate", ["1e-2", "1e-3"], ids=["the same cell", "another cell"])
def test_several_processes_that_cannot_read_their_data_leave_the_run_as_it_was(finished, tmp_path, rate):
    data, run, again = finished
    several = ("trainer.devices=2", "trainer.accelerator=cpu")
    again(*several, "target.recipe.lr=1e-2")
    names = (*RESULTS, "config.yaml", "environment.json", "encoder/model.safetensors")
    before = [(run / name).read_bytes() for name in names]
    shutil.move(data / "udpos", tmp_path / "kept")
    with pytest.raises(XtlError, match="udpos"):
        again(*several, f"target.recipe.lr={rate}")
    assert [(run / name).read_bytes() for name in names] == before
    shutil.move(tmp_path / "kept", data / "udpos")
    again(*several, f"target.recipe.lr={rate}")
    assert (run / "results.jsonl").read_bytes() != before[0] or rate == "1e-2"


def test_a_cell_of_several_nodes_leaves_a_folder_of_something_else_alone(finished, tmp_path):
    data, _, _ = finished
    path = tmp_path / "project" / "config.yaml"
    path.parent.mkdir()
    path.write_text("mine: 1")
    with pytest.raises(ConfigError, match="expected a new folder or that of an earlier run"):
        run_cell(tiny_cell(data, "trainer.nodes=2", "trainer.accelerator=cpu"), path.parent)
    assert path.read_text() == "mine: 1"


def test_a_config_written_by_hand_is_one_of_a_run(finished, tmp_path):
    data, run, _ = finished
    (tmp_path / "hand").mkdir()
    text = (run / "config.yaml").read_text().replace("target:", "target:  # mine", 1)
    (tmp_path / "hand" / "config.yaml").write_text(text)
    assert run_cell(tiny_cell(data, "target.langs=[de]"), tmp_path / "hand")


def test_an_encoder_of_another_run_below_the_run_folder_may_be_started_from(finished):
    data, run, _ = finished
    start = ("backbone.source=hub", f"backbone.path={run / 'encoder'}")
    assert run_cell(tiny_cell(data, "target.langs=[de]", *start), run.parent)
