"""A view by Weights & Biases: one run a cell, online with a key, else files for ``wandb sync``.

Not by Lightning's logger for it: that one gives no step of its own, so that a cell that goes on offline would
count from 0 again; no exit status; and it takes the run of the cell before in the same process.
"""

import json
import logging
import os
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, cast

import wandb
from wandb.errors import AuthenticationError, Error
from wandb.sdk.lib import wbauth

from xtl.atomic import write_json
from xtl.errors import ConfigError, first_line
from xtl.results import Result
from xtl.schemas.tracking import WandbConfig
from xtl.tracking.identity import FILE_NAME
from xtl.tracking.values import TABLE_COLUMNS, CellInfo, Plain, score_values, table_rows

logger = logging.getLogger(__name__)

JOB_TYPE = "cell"

Mode = Literal["online", "offline", "disabled"]

_SECONDS_OF_FINISH = 120.0
"""Longest wait for an upload when a cell ends; what is left then stays in its folder for ``wandb sync``."""


_SECONDS_OF_FLUSH = 0.5
"""Longest time until an epoch is in its file; wandb's own is 15 s, which a killed process would lose."""


class WandbView:
    """Run of one cell.

    Attributes:
        name: Name of its choice in ``tracking=``.
        next_step: First step that the run does not have yet.
    """

    name = "wandb"

    def __init__(self, config: WandbConfig, cell: CellInfo, folder: Path) -> None:
        """Begin the run of a cell, or go on in it.

        Raises:
            ConfigError: if the key is wrong, or the server does not answer.
        """
        self._run = start_run(
            config, folder, id=cell.id, name=cell.name, group=cell.group, job_type=JOB_TYPE, tags=cell.tags
        )
        self._run.config.update(dict(cell.config), allow_val_change=True)
        self._run.define_metric("tokens")
        self._run.define_metric("*", step_metric="tokens")
        self._steps_file = folder / self.name / f"steps-{cell.id}.json"
        self.next_step = _read_step(self._steps_file) if self._run.offline else self._run.starting_step
        self._folder = folder
        self._recent: list[tuple[float, int]] = []

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        """Show metrics of an epoch."""
        self._log(dict(metrics), step)

    def note(self, values: Mapping[str, Plain]) -> None:
        """Put values into the summary."""
        self._run.summary.update(dict(values))

    def log_scores(self, results: Sequence[Result]) -> None:
        """Put the scores into the summary, and all selections' into a table."""
        self.note(score_values(results))
        with _files_of_tables(self._folder / self.name):
            table = wandb.Table(columns=list(TABLE_COLUMNS), data=table_rows(results))
            self._log({"scores": table}, self.next_step)
        self.next_step += 1

    def close(self, exit_status: int) -> None:
        """Finish the run; offline, say how to upload it."""
        self._run.finish(exit_code=exit_status)
        if self._recent:
            write_json(self._steps_file, {"next_step": self._recent[-1][1]})
        if self._run.offline:
            log_sync_command(self._folder, self._run.id)

    def _log(self, values: dict[str, Any], step: int) -> None:
        self._run.log(values, step=step, commit=True)
        self._recent.append((time.monotonic(), step + 1))
        # What may not be in its file yet a process that goes on shows again: twice is better than never.
        sure = [step for logged, step in self._recent if time.monotonic() - logged > 4 * _SECONDS_OF_FLUSH]
        if sure:
            write_json(self._steps_file, {"next_step": sure[-1]})
            self._recent = self._recent[len(sure) :]


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
        symlink=False,
        x_transaction_log_flush_interval=_SECONDS_OF_FLUSH,
        finish_timeout=_SECONDS_OF_FINISH,
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


def log_sync_command(folder: Path, run_id: str) -> None:
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


@contextmanager
def _files_of_tables(folder: Path) -> Iterator[None]:
    """Let wandb put the files of tables, which an upload needs, into a folder of the run, not of the user."""
    name = "WANDB_DATA_DIR"
    if name in os.environ:
        yield
        return
    os.environ[name] = str(folder)
    try:
        yield
    finally:
        del os.environ[name]


def _read_step(path: Path) -> int:
    """First step that the files of an earlier process do not have."""
    try:
        return int(json.loads(path.read_text(encoding="utf-8"))["next_step"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _way_out(error: Exception) -> str:
    if "deleted" in str(error):  # the server gives the id of such a run to no other
        return f"restore that run in its project, or remove {FILE_NAME} in the run folder to have a new one"
    return "mend the key, project or connection"


def _said_by(error: Exception) -> str:
    return first_line(error).rstrip(".")
