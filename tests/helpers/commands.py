"""Commands in processes of their own, forked from one that has imported everything.

A new interpreter takes five seconds to import torch and what goes with it; a forked process has its own
arguments, folder, environment, limits, standard streams and exit status all the same.
"""

import multiprocessing
import os
import resource
import sys
import threading
import tomllib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import BinaryIO, NamedTuple
from unittest.mock import patch

from xtl.pipeline.cell import main as run_cell_file

ROOT = Path(__file__).parents[2]
SCRIPTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
"""Function of each command, written ``module:function``."""

ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "COLUMNS": "100",
    "TERM": "dumb",
    "OMP_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "WANDB_SERVICE": "",  # else that of tests which have used wandb, where runs of killed commands go on
}
TIMEOUT = 300.0
"""Seconds that a command may take."""


class Ended(NamedTuple):
    """What a command leaves behind."""

    returncode: int
    stdout: str
    stderr: str


class Setting(NamedTuple):
    """What a command runs in.

    Attributes:
        folder: Current folder.
        environment: All variables.
        file_limit: Bytes that a file may have, as on a full disk; ``None``: no limit.
    """

    folder: Path
    environment: Mapping[str, str]
    file_limit: int | None = None


@cache
def context() -> ForkServerContext:
    """The process that others are forked from, ready: one in a process of tests."""
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload(["tests.helpers.preloaded", __name__])
    with patch.dict(os.environ, ENVIRONMENT):
        first = forking.Process(target=int)  # it waits for all imports, the next ones do not
        first.start()
        first.join()
    return forking


def command(
    name: str, *arguments: str, cwd: Path, environment: Mapping[str, str] | None = None, **limits: int
) -> Ended:
    """Run a command as if it were installed.

    Args:
        name: Name of the script, such as ``xtl-train``.
        arguments: Command line.
        cwd: Current folder.
        environment: Variables beside those of the tests.
        limits: ``file_limit`` of the :class:`Setting`.
    """
    setting = Setting(cwd, {**os.environ, **ENVIRONMENT, **(environment or {})}, **limits)
    pipes = [context().Pipe(duplex=False) for _ in range(2)]
    writers = tuple(writer for _, writer in pipes)
    process = context().Process(target=_run, args=(name, arguments, setting, writers))
    process.start()
    for writer in writers:
        writer.close()
    readers = ThreadPoolExecutor(2)
    try:
        texts = [readers.submit(_read, reader) for reader, _ in pipes]
        returncode = ended(process)
        return Ended(returncode, *(text.result(TIMEOUT) for text in texts))
    finally:
        readers.shutdown(wait=False)


def ended(process: ForkServerProcess) -> int:
    """The exit status of a process, which is waited for.

    Raises:
        TimeoutError: if it takes longer than any command should; it is killed then.
    """
    process.join(TIMEOUT)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise TimeoutError(f"expected the process to end within {TIMEOUT:.0f} seconds")
    return process.exitcode


def start_cell(folder: Path, cache_folder: Path, *, user: int | None = None) -> ForkServerProcess:
    """Start the cell of ``folder``'s config with a cache of its own; its output goes to ``log.txt``.

    Args:
        folder: Run folder.
        cache_folder: Cache of the cell.
        user: Number of the user that it runs as, which root alone may choose; ``None``: this one.
    """
    process = context().Process(target=_run_cell, args=(folder, cache_folder, folder / "log.txt", user))
    process.start()
    return process


def start_command(name: str, *arguments: str, cwd: Path, environment: Mapping[str, str]) -> ForkServerProcess:
    """Start a command as :func:`command` does; its output goes to ``out.txt`` and ``err.txt`` in ``cwd``."""
    setting = Setting(cwd, {**os.environ, **ENVIRONMENT, **environment})
    process = context().Process(target=_run_into_files, args=(name, arguments, setting))
    process.start()
    return process


def _read(reader: Connection) -> str:
    """All that is written into a pipe until its last writer closes it."""
    with open(reader.fileno(), encoding="utf-8", closefd=False) as file:
        return file.read()


def _run(
    name: str, arguments: tuple[str, ...], setting: Setting, writers: Sequence[Connection | BinaryIO]
) -> None:
    """Turn a forked process into that of a command, and run it."""
    for number, writer in enumerate(writers, 1):
        os.dup2(writer.fileno(), number)
        writer.close()
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123  open as long as the process
    os.chdir(setting.folder)
    os.environ.clear()
    os.environ.update(setting.environment)
    if setting.file_limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (setting.file_limit, setting.file_limit))
    sys.argv = [name, *arguments]
    module, _, function = SCRIPTS[name].partition(":")
    try:
        raise SystemExit(getattr(import_module(module), function)())
    finally:
        threading._shutdown()  # as an interpreter does before it waits for processes that it started


def _run_into_files(name: str, arguments: tuple[str, ...], setting: Setting) -> None:
    with (setting.folder / "out.txt").open("wb") as out, (setting.folder / "err.txt").open("wb") as err:
        _run(name, arguments, setting, (out, err))


def _run_cell(folder: Path, cache_folder: Path, log: Path, user: int | None) -> None:
    os.environ["XTL_CACHE"] = str(cache_folder)
    if user is not None:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    with log.open("a") as file:
        os.dup2(file.fileno(), 2)
        raise SystemExit(run_cell_file([str(folder / "config.yaml")]))
