"""A cell from Python: its table, its folder, and what is left of it in the process."""

import logging
import os
from contextlib import nullcontext

import pandas as pd
import pytest
import torch
from huggingface_hub import utils as hub_utils
from hydra.core.global_hydra import GlobalHydra
from transformers.utils import logging as messages

import xtl
from tests.helpers.cells import SMALL
from xtl import progress, results
from xtl.errors import ConfigError, DataNotFoundError, XtlError
from xtl.modules.base import XtlModule

CELL = (
    "target=pocket_pos", "backbone=tiny", *SMALL, "data.sizes.train=16", "target.langs=[de,sw]",
    "target.recipe.epochs=1", "trainer.accelerator=cpu", "trainer.compare_selections=false",
    "trainer.save_encoder=false",
)  # fmt: skip


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_gives_the_table_of_its_folder_and_takes_a_finished_one_again(here, caplog):
    torch.manual_seed(7)
    state, threads = torch.random.get_rng_state(), torch.get_num_threads()
    level = logging.getLogger("xtl").level
    variables = dict(os.environ)
    scores = xtl.run(*CELL)
    assert set(zip(scores.lang, scores.metric, strict=True)) == {
        (lang, metric) for lang in ("de", "sw") for metric in ("accuracy", "f1")
    }
    (folder,) = set(scores.folder)
    assert folder.startswith("outputs/cells/pocket_pos-")
    pd.testing.assert_frame_equal(scores, results.table([folder]))
    assert "results: outputs" in (here / folder / "train.log").read_text()
    # Nothing of it is left in the process.
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.get_num_threads() == threads
    assert dict(os.environ) == variables
    assert not GlobalHydra.instance().is_initialized()
    assert logging.getLogger("xtl").level == level
    before = (here / folder / "results.jsonl").stat().st_mtime_ns
    pd.testing.assert_frame_equal(xtl.run(*CELL, quiet=True), scores)
    assert (here / folder / "results.jsonl").stat().st_mtime_ns == before
    assert "done before" in caplog.text


def logging_of_others():
    """What a program may have set up of the logging of libraries, as far as a cell changes it for itself."""
    library = logging.getLogger("transformers")
    return (
        logging.getLogger("lightning.pytorch").level,
        set(library.handlers),
        library.propagate,
        messages.is_progress_bar_enabled(),
        hub_utils.are_progress_bars_disabled(),
    )


@pytest.mark.parametrize("draws", [True, False])
@pytest.mark.parametrize("hub_draws", [True, False])
@pytest.mark.parametrize("fails", [True, False])
def test_the_logging_of_libraries_is_what_it_was(here, monkeypatch, draws, hub_draws, fails):
    library = messages.get_logger("transformers")
    handlers, propagates = [*library.handlers], library.propagate
    handler = logging.NullHandler()
    messages.add_handler(handler)
    messages.disable_propagation()
    (messages.enable_progress_bar if draws else messages.disable_progress_bar)()
    (hub_utils.enable_progress_bars if hub_draws else hub_utils.disable_progress_bars)()
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    before = logging_of_others()
    assert (before[2:], handler in before[1]) == ((False, draws, not hub_draws), True)
    during = []

    def step(module, batch, batch_idx, step=XtlModule.training_step):
        during.append(logging_of_others())
        loss = step(module, batch, batch_idx)
        return module.check_finite_loss(loss * float("nan"), batch["ids"]) if fails else loss

    monkeypatch.setattr(XtlModule, "training_step", step)
    try:
        with pytest.raises(XtlError) if fails else nullcontext():
            xtl.run(*CELL)
        assert during
        assert during[0] != before
        assert logging_of_others() == before
    finally:
        library.handlers[:], library.propagate = handlers, propagates
        messages.disable_progress_bar()
        logging.getLogger("lightning.pytorch").setLevel(logging.NOTSET)


def test_errors_are_xtls_own(here):
    with pytest.raises(ConfigError, match=r"data\.root=.*nowhere: expected a folder"):
        xtl.run("target=udpos", "data.root=nowhere")
    (here / "data" / "udpos").mkdir(parents=True)
    with pytest.raises(DataNotFoundError):
        xtl.run("target=udpos", "data.root=data", "backbone=tiny", folder="mine")
    assert issubclass(DataNotFoundError, XtlError)


def test_messages_are_shown_where_nobody_else_shows_them(here, monkeypatch, capsys):
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    from xtl.api.cells import _messages

    for quiet, lines in ((False, ["hello", "warning: mind"]), (True, ["warning: mind"])):
        with progress.console.capture() as printed, _messages(here, quiet=quiet):
            logging.getLogger("xtl.pipeline").info("hello")
            logging.getLogger("xtl.pipeline").warning("mind")
        assert printed.get().splitlines() == lines
    assert (here / "train.log").read_text().count("hello") == 2
    assert logging.getLogger("xtl").handlers == []
    assert progress.logger.level == logging.NOTSET


def test_a_run_that_kept_no_encoder_says_so_where_one_is_asked_for(here, caplog):
    with caplog.at_level(logging.WARNING, "xtl"):
        for saves in ("false", "false", "true"):
            xtl.run(
                *(one for one in CELL if "save_encoder" not in one),
                f"trainer.save_encoder={saves}",
                folder="r",
            )
    assert caplog.text.count("the run before kept no encoder") == 1


def test_a_file_is_no_run_folder(here):
    (here / "file").touch()
    with pytest.raises(ConfigError, match="folder=file: expected a folder or nothing yet, got a file"):
        xtl.run(*CELL, folder="file")
