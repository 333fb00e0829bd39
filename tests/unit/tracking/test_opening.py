"""Opening views: what is refused before anything is read, and what a view may not do to a cell."""

import logging
import os
import signal
from contextlib import nullcontext
from importlib import util
from pathlib import Path

import pytest
import wandb
from lightning.fabric.utilities.rank_zero import rank_zero_only

from tests.helpers.cells import composed_cell
from xtl.distributed import group
from xtl.distributed.group import ProcessGroup
from xtl.errors import ConfigError
from xtl.stops import Stopped
from xtl.tracking import Tracker, opening, tracked

KEY = "abc0123"
"""Shorter than any key."""


def cell(*overrides: str):
    return composed_cell("target=pocket_pos", "backbone=tiny", "trainer.precision=32-true", *overrides)


class View:
    """A view that notes its end, and fails if asked to."""

    name, next_step = "fake", 0

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.ended = error, []

    def log(self, metrics, step):
        raise self.error

    def note(self, values):
        if self.error:
            raise self.error

    def log_scores(self, results): ...

    def close(self, exit_status):
        self.ended.append(exit_status)


@pytest.fixture(autouse=True)
def no_key(monkeypatch, tmp_path):
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_BASE_URL", "WANDB_IDENTITY_TOKEN_FILE", "RANK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))


def entered(config, folder: Path) -> Tracker:
    with tracked(config, folder) as tracker:
        return tracker


@pytest.mark.parametrize(
    ("choice", "install"),
    [
        ("trackio", "trackio"),
        ("mlflow", "mlflow"),
        ("tensorboard", "tensorboard"),
        ("wandb", "wandb"),
    ],
)
def test_a_tracker_that_is_not_installed_says_what_to_install(choice, install, tmp_path, monkeypatch):
    find = util.find_spec
    monkeypatch.setattr(opening, "find_spec", lambda name: None if name == choice else find(name))
    with pytest.raises(ConfigError) as caught:
        entered(cell(f"tracking=[csv,{choice}]"), tmp_path)
    assert str(caught.value) == (
        f"tracking={choice}: expected the package {choice}, found none; pip install {install}, or leave "
        f"{choice} out"
    )
    assert not (tmp_path / "csv").exists()


@pytest.mark.parametrize("choice", ["csv", "tensorboard", "wandb"])
def test_a_folder_that_cannot_be_written_is_refused(choice, tmp_path):
    (tmp_path / choice).write_text("a file where a folder is to be")
    with pytest.raises(
        ConfigError, match=rf"{choice}: expected a folder that tracking={choice} can write, got: "
    ):
        entered(cell(f"tracking={choice}"), tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_refused(tmp_path):
    (tmp_path / "wandb").mkdir(mode=0o500)
    with pytest.raises(ConfigError, match=r"wandb: expected a folder .* Permission denied; mend"):
        entered(cell("tracking=wandb"), tmp_path)


@pytest.mark.parametrize("mode", ["auto", "online"])
def test_a_wrong_key_is_refused_and_not_shown(mode, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    with pytest.raises(ConfigError) as caught:
        entered(cell("tracking=wandb", f"tracking.wandb.mode={mode}"), tmp_path)
    message = str(caught.value)
    assert "tracking=wandb: expected an API key as wandb gives it, got one that cannot be right" in message
    assert "set WANDB_API_KEY to a whole key" in message
    assert "tracking.wandb.mode=offline" in message
    assert "\n" not in message
    shown = capfd.readouterr()
    assert KEY not in message + shown.out + shown.err
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not [content for content in files if KEY.encode() in content]


def test_online_without_a_key_is_refused_and_nobody_is_asked(tmp_path):
    with pytest.raises(
        ConfigError, match=r"tracking\.wandb\.mode=online: expected an API key, found none; run wandb"
    ):
        entered(cell("tracking=wandb", "tracking.wandb.mode=online"), tmp_path)


def test_nothing_is_opened_without_a_view(tmp_path):
    assert entered(cell(), tmp_path)._views == []
    assert list(tmp_path.iterdir()) == []


def test_of_the_processes_of_a_cell_the_main_one_alone_opens_views(tmp_path, monkeypatch):
    monkeypatch.setattr(group, "_joined", ProcessGroup(rank=1, size=2))
    with tracked(cell("tracking=[wandb,csv]"), tmp_path) as tracker:
        assert tracker._views == []
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(group, "_joined", ProcessGroup(rank=0, size=2))
    with tracked(cell("tracking=csv"), tmp_path) as tracker:
        assert [view.name for view in tracker._views] == ["csv"]


@pytest.mark.parametrize("rank", ["1", "a"])
def test_a_rank_of_somebody_elses_launcher_switches_no_view_off(rank, tmp_path, monkeypatch):
    monkeypatch.setenv("RANK", rank)
    with tracked(cell("tracking=csv"), tmp_path) as tracker:
        assert [view.name for view in tracker._views] == ["csv"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (None, 0),
        (ValueError(), 1),
        (KeyboardInterrupt(), 1),
        (Stopped(signal.SIGTERM), 143),
        (SystemExit("x"), 1),
    ],
)
def test_a_view_gets_the_exit_status(error, status, tmp_path, monkeypatch):
    view = View()
    monkeypatch.setattr(opening, "_opened", lambda config, folder: [view])
    ending = nullcontext() if error is None else pytest.raises(type(error))
    with ending, tracked(cell(), tmp_path):
        if error is not None:
            raise error
    assert view.ended == [status]


def test_a_view_that_fails_is_left_out_and_told_once(caplog):
    broken, whole = View(OSError("No space left on device\nmore")), View()
    tracker = Tracker([broken, whole])
    with caplog.at_level(logging.WARNING):
        tracker.log_phases([])
        tracker.log_phases([])
        tracker.close(0)
    assert [record.getMessage() for record in caplog.records] == [
        "tracking=fake: No space left on device; the run goes on without it, its folder has all numbers"
    ]
    assert (broken.ended, whole.ended) == ([1], [0])


@pytest.mark.parametrize("name", ["csv", "tensorboard"])
def test_files_of_a_user_beside_an_earlier_runs_stay(name, tmp_path):
    folder = tmp_path / name
    for _ in range(2):
        tracker = entered(cell(f"tracking={name}"), tmp_path)
        tracker.close(0)
        written = sorted(path.name for path in folder.iterdir() if path.name != "notes.txt")
        (folder / "notes.txt").write_text("mine")
    assert (folder / "notes.txt").read_text() == "mine"
    kinds = [path for path in written if path.startswith(("metrics", "events"))]
    assert len(kinds) <= 1  # those of the first run are gone


@pytest.mark.parametrize("name", ["csv", "tensorboard"])
def test_a_link_is_no_folder_of_the_run(name, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(
        ConfigError, match=f"expected a folder of the run's own for tracking={name}, found a link"
    ):
        entered(cell(f"tracking={name}"), tmp_path)


def test_a_run_that_was_deleted_says_how_to_have_a_new_one(monkeypatch, tmp_path):
    def refuse(**_):
        raise wandb.errors.CommError("run team/xtl/abc was previously created and deleted (Error 409)")

    monkeypatch.setattr(wandb, "init", refuse)
    with pytest.raises(
        ConfigError, match=r"restore that run in its project, or remove tracking\.json in the"
    ):
        entered(cell("tracking=wandb", "tracking.wandb.mode=offline"), tmp_path)


@pytest.mark.parametrize(("name", "file"), [("csv", "hparams.yaml"), ("tensorboard", "events.out.*")])
def test_lightning_s_loggers_write_also_where_lightning_took_such_a_rank_for_its_own(
    name, file, tmp_path, monkeypatch
):
    monkeypatch.setattr(rank_zero_only, "rank", 1)  # as when it is imported with RANK=1
    with tracked(cell(f"tracking={name}"), tmp_path):
        pass
    assert list((tmp_path / name).glob(file))


def test_a_mode_that_wandb_does_not_know_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("WANDB_MODE", "ofline")
    with pytest.raises(
        ConfigError, match=r"WANDB_MODE: expected one of auto, online, offline, .* got 'ofline'"
    ):
        entered(cell("tracking=wandb"), tmp_path)
