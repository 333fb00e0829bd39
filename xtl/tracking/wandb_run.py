"""Runs of Weights & Biases: started as settings and keys say, and ended in bounded time."""

import logging
import os
import shlex
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from typing import Any, Literal, cast

import wandb
from wandb.errors import AuthenticationError, Error
from wandb.sdk.lib import wbauth

from xtl.errors import ConfigError, first_line
from xtl.schemas.tracking import WandbConfig
from xtl.tracking.identity import FILE_NAME

logger = logging.getLogger(__name__)

Mode = Literal["online", "offline", "disabled"]

_SECONDS_OF_FINISH = 120.0
"""Longest wait for an upload when a cell ends; what is left then stays in its folder for ``wandb sync``."""

_SECONDS_AFTER_SIGNAL = 5.0
"""The same where a signal has stopped the cell: what has sent it kills the process 10 s later."""

SECONDS_OF_FLUSH = 0.5
"""Longest time until an epoch is in its file; wandb's own is 15 s, which a killed process would lose."""


_MODES = ("auto", "online", "offline", "disabled", "shared", "dryrun", "run")
"""Modes that wandb knows in its environment; the last two are old names of offline and online."""


def start_run(config: WandbConfig, folder: Path, **identity: Any) -> Any:  # noqa: ANN401  of wandb
    """Start a run of its own, whatever other runs the process has.

    Args:
        config: Project, team and mode.
        folder: Folder that gets ``wandb/``.
        identity: Id, name, group, job type and tags.

    Raises:
        ConfigError: if the key is wrong, or the server does not answer.
    """
    settings = wandb.Settings(
        console="off",
        silent=True,
        disable_git=True,  # the address of a repository may hold a password
        disable_code=True,
        save_code=False,
        x_disable_meta=True,  # arguments and folders
        program="xtl",  # else the path of the program, which a run is registered with
        host="",
        symlink=False,
        x_transaction_log_flush_interval=SECONDS_OF_FLUSH,
        finish_timeout=_SECONDS_OF_FINISH,
        finish_timeout_raises=True,
    )
    mode = _mode(config)
    try:
        run = wandb.init(
            project=config.project,
            entity=config.entity,
            dir=str(folder),
            mode=mode,
            resume=None if mode == "offline" else "allow",  # offline there is nothing to look at
            reinit="create_new",
            settings=settings,
            **identity,
        )
    except (Error, ValueError, TimeoutError) as error:
        raise ConfigError(
            f"tracking=wandb: expected a run in project '{config.project}', got: {_said_by(error)}; "
            f"{_way_out(error)}, or go on with tracking.wandb.mode=offline"
        ) from error
    logger.info("wandb: %s", f"offline, files in {folder / 'wandb'}" if run.offline else run.url)
    return run


def finish_run(run: Any, folder: Path, exit_status: int) -> None:  # noqa: ANN401  of wandb
    """Finish a run; where it is offline, or its upload does not end in time, say how to upload it.

    Args:
        run: Run that :func:`start_run` gave.
        folder: Folder that has ``wandb/``.
        exit_status: Exit status; above 128 a signal has stopped the process, and the wait is short.
    """
    try:
        if exit_status > 128:
            _finish_soon(run, exit_status)
        else:
            run.finish(exit_code=exit_status)
    except TimeoutError:
        command = shlex.join(["wandb", "sync", run.settings.sync_dir])
        logger.warning("wandb: the upload did not end in time; end it with: %s", command)
        return
    if run.offline:
        _log_sync_command(folder, run.id)


def _finish_soon(run: Any, exit_status: int) -> None:  # noqa: ANN401  of wandb
    """Finish a run in a thread, since wandb's own limit is fixed when a run begins."""
    ended: Future[None] = Future()

    def finish() -> None:
        try:
            ended.set_result(run.finish(exit_code=exit_status))
        except Exception as error:
            ended.set_exception(error)

    Thread(target=finish, daemon=True).start()
    ended.result(timeout=_SECONDS_AFTER_SIGNAL)


def _log_sync_command(folder: Path, run_id: str) -> None:
    """Say how to upload the files of a run; those of a cell that went on are one run, in their order."""
    pieces = sorted((folder / "wandb").glob(f"offline-run-*-{run_id}"))
    if pieces:
        logger.info("wandb: upload with: wandb sync %s", shlex.join(map(str, pieces)))


def _mode(config: WandbConfig) -> Mode | None:
    """Mode to start in; ``None``: what wandb's own settings say.

    Raises:
        ConfigError: if a key is needed and there is none, or it is none.
    """
    mode = os.environ.get("WANDB_MODE") or "auto" if config.mode == "auto" else config.mode
    if mode not in _MODES:
        raise ConfigError(f"WANDB_MODE: expected one of {', '.join(_MODES)}, got '{mode}'; mend or unset it")
    if mode in ("offline", "disabled"):
        return cast(Mode, mode)
    if _has_key():
        return "online" if mode == "online" else None
    if config.mode == "online":
        raise ConfigError(
            "tracking.wandb.mode=online: expected an API key, found none; run wandb login or set "
            "WANDB_API_KEY, or go on with tracking.wandb.mode=offline"
        )
    logger.info("wandb: no API key is configured, so the run is kept offline")
    return "offline"


def _has_key() -> bool:
    """Whether there is a key, in the environment or where ``wandb login`` puts it; nobody is asked for one.

    Raises:
        ConfigError: if it cannot be a key. The message does not show it.
    """
    host = os.environ.get("WANDB_BASE_URL") or wandb.Settings().base_url
    try:
        key = wbauth.authenticate_session(host=host, source="xtl", prompt=False, update_session=False)
    except (AuthenticationError, ValueError) as error:
        raise ConfigError(
            f"tracking=wandb: expected an API key as wandb gives it, got one that cannot be right "
            f"({_said_by(error)}); set WANDB_API_KEY to a whole key, run wandb login, or go on with "
            "tracking.wandb.mode=offline"
        ) from error
    return key is not None


def _way_out(error: Exception) -> str:
    if "deleted" in str(error):  # the server gives the id of such a run to no other
        return f"restore that run in its project, or remove {FILE_NAME} in the run folder to have a new one"
    return "mend the key, project or connection"


def _said_by(error: Exception) -> str:
    return first_line(error).rstrip(".")
