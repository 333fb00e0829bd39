"""The end of a run of Weights & Biases: what is not uploaded in time is told, and nobody waits for long."""

import logging
import time
from threading import Event
from types import SimpleNamespace

import pytest
import wandb

from xtl.schemas.tracking import WandbConfig
from xtl.tracking import wandb_run
from xtl.tracking.wandb_run import finish_run, start_run


class Run:
    """A run whose upload ends as a test asks."""

    id, offline, url = "abc", False, "https://example.org"

    def __init__(self, folder, ending=lambda: None):
        self.settings = SimpleNamespace(sync_dir=str(folder / "wandb" / "run-1-abc"))
        self.ending, self.exit_codes = ending, []

    def finish(self, exit_code):
        self.exit_codes.append(exit_code)
        self.ending()


def too_late():
    raise TimeoutError("Timed out finishing run.")


def messages(caplog):
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_an_upload_that_does_not_end_in_time_is_told_with_the_command_that_ends_it(tmp_path, caplog):
    run = Run(tmp_path, too_late)
    finish_run(run, tmp_path, 0)
    assert run.exit_codes == [0]
    assert messages(caplog) == [
        f"wandb: the upload did not end in time; end it with: wandb sync {tmp_path}/wandb/run-1-abc"
    ]


def test_after_a_signal_nobody_waits_for_an_upload_until_the_process_is_killed(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(wandb_run, "_SECONDS_AFTER_SIGNAL", 0.05)
    never = Event()
    begin = time.monotonic()
    finish_run(Run(tmp_path, lambda: never.wait(20)), tmp_path, 143)
    assert time.monotonic() - begin < 10
    never.set()
    assert "wandb sync" in "".join(messages(caplog))


@pytest.mark.parametrize("exit_status", [0, 1, 143])
def test_an_upload_that_ends_says_nothing_and_what_fails_otherwise_is_raised(exit_status, tmp_path, caplog):
    run = Run(tmp_path)
    finish_run(run, tmp_path, exit_status)
    assert (run.exit_codes, messages(caplog)) == ([exit_status], [])

    def full():
        raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"):
        finish_run(Run(tmp_path, full), tmp_path, exit_status)


def test_wandb_is_asked_to_say_that_an_upload_did_not_end_in_time(tmp_path, monkeypatch):
    asked = {}
    monkeypatch.setattr(wandb, "init", lambda **settings: asked.update(settings) or Run(tmp_path))
    start_run(WandbConfig(mode="offline"), tmp_path, id="abc")
    assert asked["settings"].finish_timeout > 0
    assert asked["settings"].finish_timeout_raises
    assert asked["settings"].program == "xtl"  # not its path, which is sent when a run is registered
