"""Starting the processes of a cell through torch's launcher, and saying what ended them."""

import json
import logging
import os
import signal
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from torch.distributed.elastic.multiprocessing import LogsSpecs, SignalException
from torch.distributed.elastic.multiprocessing.api import LogsDest
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure
from torch.distributed.launcher.api import LaunchConfig, launch_agent

from xtl.atomic import write_json
from xtl.distributed.environment import CLAIMED, only, signals_kept, worker_environment
from xtl.distributed.meeting import Meeting
from xtl.errors import ProcessGroupError
from xtl.stops import Stopped

LOGS = "logs"
"""Folder in a run folder with the output of each process but the first, which has the terminal."""

_ERROR_FILE = "TORCHELASTIC_ERROR_FILE"
"""Variable with the path where torch's launcher looks for what a process died of."""

_SECONDS_TO_END = 10
"""Time that processes have to end by themselves once one of them has failed, or a signal has come."""

_SECONDS_TO_MEET = 120
"""Time that the launchers of several nodes, which have met, have to find each other."""

_CONSEQUENCE = 3
"""From here on the order of failures holds those that follow from others."""

_LOGGERS = "torch.distributed.elastic"


def launch(
    arguments: Sequence[str],
    *,
    processes: int,
    threads: int,
    folder: Path,
    main_log: Path,
    meeting: Meeting | None = None,
) -> None:
    """Run a Python command in several processes of one group, and wait until all have ended well.

    Args:
        arguments: Arguments of the Python interpreter.
        processes: Number of processes, of this node.
        threads: CPU threads of each.
        folder: Run folder, which gets a file with the output of each process but the first.
        main_log: File that the messages of the first process go to.
        meeting: Other nodes with processes of the group; ``None``: there are none.

    Raises:
        ProcessGroupError: if a process failed; all others have been ended.
        Stopped: if a signal asked this process to end; all others have ended.
    """
    first = 0 if meeting is None else meeting.node.rank * processes
    specs = _Logs(folder / LOGS, first=first)
    try:
        environment = {**worker_environment(os.environ, threads=threads), CLAIMED: "1"}
        with _quiet(), signals_kept(), only(environment):
            launch_agent(_config(processes, specs, meeting), sys.executable, list(arguments))
    except SignalException as stop:
        stopped = Stopped(stop.sigval)
        # Killed while it waited for another one, it could not say from which.
        stopped.note = specs.error_of(first) or "the same command goes on from the last checkpoint"
        raise stopped from None
    except ChildFailedError as error:
        text = _what_failed(error, processes, specs, main_log)
        if meeting is not None:
            text = text.replace(f" of {processes} ", f" of {processes * meeting.node.size} ", 1)
            if min(map(_order, error.failures.items()))[0] >= _CONSEQUENCE:
                text = meeting.cause() or text
        raise ProcessGroupError(text) from None
    finally:
        specs.remove_errors()


def note_error(text: str, *, of_another: bool = False) -> None:
    """Tell the process that started this one what it ends of.

    Args:
        text: Message for a person.
        of_another: Whether it ends because another process did, which has more to say.
    """
    path = os.environ.get(_ERROR_FILE)
    if path:
        with suppress(OSError):  # of a full disk, which may be what the text says
            write_json(
                Path(path), {"message": {"message": text, "extraInfo": {"timestamp": int(of_another)}}}
            )


class _Logs(LogsSpecs):
    """Files of the processes: output of all but the first, and what each died of."""

    def __init__(self, folder: Path, *, first: int = 0) -> None:
        super().__init__(log_dir=str(folder))
        self._folder, self._first = folder, first
        self._ranks: list[int] = []

    @property
    def root_log_dir(self) -> str:
        return str(self._folder)

    def reify(self, envs: dict[int, dict[str, str]]) -> LogsDest:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._ranks = [self._first + local for local in envs]
        self.remove_errors()
        outputs = {
            local: str(self.log(rank)) if rank else "" for local, rank in zip(envs, self._ranks, strict=True)
        }
        errors = {local: str(self._error(rank)) for local, rank in zip(envs, self._ranks, strict=True)}
        for local, env in envs.items():
            env[_ERROR_FILE] = errors[local]
        none = dict.fromkeys(envs, "")
        # Standard error alone has messages: each is a file of its own, which the launcher opens anew.
        return LogsDest(stdouts=none, stderrs=outputs, tee_stdouts=none, tee_stderrs=none, error_files=errors)

    def log(self, rank: int) -> Path:
        return self._folder / f"rank{rank}.log"

    def error_of(self, rank: int) -> str:
        """What a process has said it ends of; empty if nothing."""
        try:
            return str(json.loads(self._error(rank).read_text(encoding="utf-8"))["message"]["message"])
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def remove_errors(self) -> None:
        for rank in self._ranks:  # those of other nodes stand in the same folder
            self._error(rank).unlink(missing_ok=True)

    def _error(self, rank: int) -> Path:
        return self._folder / f"rank{rank}.error.json"


def _config(processes: int, specs: LogsSpecs, meeting: Meeting | None) -> LaunchConfig:
    signals = ["SIGTERM"]
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # of a job in the background it stays ignored
        signals.append("SIGINT")
    settings: dict[str, Any] = {
        "min_nodes": 1,
        "max_nodes": 1,
        "nproc_per_node": processes,
        "run_id": uuid.uuid4().hex,
        "role": "cell",
        "rdzv_backend": "c10d",
        "rdzv_endpoint": "localhost:0",  # a free port
        "local_addr": "localhost",
        "max_restarts": 0,
        "logs_specs": specs,
        "signals_to_handle": ",".join(signals),
        "shutdown_timeout": _SECONDS_TO_END,
    }
    if meeting is not None:
        nodes = meeting.node.size
        settings |= {
            "min_nodes": nodes,
            "max_nodes": nodes,
            "run_id": meeting.node.run,
            "rdzv_backend": "static",  # which nodes there are is known
            "rdzv_endpoint": f"{meeting.host}:{meeting.port}",
            "rdzv_configs": {"rank": meeting.node.rank, "timeout": _SECONDS_TO_MEET},
            "local_addr": None,
        }
    names = {entry.name for entry in fields(LaunchConfig)}  # older versions of torch lack the last ones
    return LaunchConfig(**{name: value for name, value in settings.items() if name in names})


def _what_failed(error: ChildFailedError, processes: int, specs: _Logs, main_log: Path) -> str:
    """One message: what a process has said itself, or how it ended and where its log is."""
    rank, failure = min(error.failures.items(), key=_order)
    said = specs.error_of(rank)
    if said:
        return said
    how = (
        f"was killed by {signal.Signals(-failure.exitcode).name}"
        if failure.exitcode < 0
        else f"ended with exit status {failure.exitcode}"
    )
    log = main_log if rank == 0 else specs.log(rank)
    return (
        f"rank {rank} of {processes} {how}, and the others were ended; its log: {log}. The same command goes "
        "on from the last checkpoint"
    )


def _order(item: tuple[int, ProcessFailure]) -> tuple[int, int]:
    """Causes before consequences: what is killed; what says why; what says nothing; what lost another one."""
    rank, failure = item
    if failure.exitcode in (-signal.SIGTERM, 128 + signal.SIGTERM):
        return 4, rank
    if failure.exitcode < 0:
        return 0, rank
    if failure.error_file_data.get("message") not in (None, "<NONE>"):
        return 3 if failure.timestamp else 1, rank
    return 2, rank


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what the launcher says of processes, which one message of ours says better."""
    names = [name for name in logging.root.manager.loggerDict if name.startswith(_LOGGERS)]
    loggers = [logger for logger in map(logging.getLogger, names) if not logger.disabled]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        for logger in loggers:
            logger.disabled = False
