"""Parts of the measurement, each in a process of its own: one that fails, hangs or dies leaves the others."""

import json
import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext, SpawnContext
from pathlib import Path
from typing import Any

from xtl.atomic import write_json

ROOT = Path(__file__).parents[2]

OK, FAILED, TOO_LONG, NOT_RUN = "ok", "failed", "too long", "not run"


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What all parts are told.

    Attributes:
        device: ``cuda`` or ``cpu``.
        folder: Folder for logs and whatever a part writes.
        quick: Whether fewer updates will do.
        compiled: Whether both sides are measured with ``torch.compile`` too.
        precision: Precision of xtl, and of peers at their best; ``auto``: the fastest of the device.
    """

    device: str
    folder: Path
    quick: bool = False
    compiled: bool = False
    precision: str = "auto"


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A part of the measurement.

    Attributes:
        name: Name in the results.
        run: Function of a module, so that another process can call it; gives plain values.
        limit: Most seconds that it may take.
    """

    name: str
    run: Callable[[Setting], dict[str, Any]]
    limit: float = 150.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How a part ended.

    Attributes:
        status: One of :data:`OK`, :data:`FAILED`, :data:`TOO_LONG` and :data:`NOT_RUN`.
        seconds: Time that it took, imports included.
        error: What went wrong, in a line; empty if nothing.
        log: File with all that it printed.
        result: What it gave.
    """

    status: str
    seconds: float = 0.0
    error: str = ""
    log: str = ""
    result: dict[str, Any] | None = None


def context(device: str) -> ForkServerContext | SpawnContext:
    """Processes that others come from.

    A forked process cannot use CUDA if anything has touched it before, so on a GPU each starts from nothing;
    on a CPU, where importing takes as long as the part itself, they are forked from one that has imported.
    """
    if device == "cuda":
        return new_interpreters()
    # Older versions of Python do not tell a process that others are forked from where to look for modules.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    # Tiny tensors gain nothing from threads, and those of a busy machine wait for each other.
    os.environ["OMP_NUM_THREADS"] = "1"
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload(["tests.helpers.preloaded", "transformers.trainer"])
    return forking


def new_interpreters() -> SpawnContext:
    """Processes that have nothing of this one, so that their memory is their own."""
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return multiprocessing.get_context("spawn")


def run_part(
    part: Part, setting: Setting, processes: ForkServerContext | SpawnContext, *, limit: float
) -> Outcome:
    """Run a part to its end, or to a limit.

    Args:
        part: Part to run.
        setting: What it is told.
        processes: What makes processes.
        limit: Most seconds left for it; its own limit counts too.
    """
    if limit <= 0:
        return Outcome(status=NOT_RUN, error="no time was left")
    log = setting.folder / "logs" / f"{part.name}.log"
    answer = setting.folder / "logs" / f"{part.name}.json"
    log.parent.mkdir(parents=True, exist_ok=True)
    answer.unlink(missing_ok=True)
    begin = time.monotonic()
    process = processes.Process(target=_run, args=(part, setting, log, answer))
    process.start()
    allowed = min(limit, part.limit)
    try:
        process.join(allowed)
    finally:
        is_late = process.exitcode is None
        if is_late:
            _kill(process.pid)
            process.join()
    seconds = round(time.monotonic() - begin, 1)
    ended = {"seconds": seconds, "log": str(log)}
    if is_late:
        return Outcome(status=TOO_LONG, error=f"killed after {allowed:.0f} seconds", **ended)
    return outcome_of(answer, process.exitcode, **ended)


def outcome_of(answer: Path, exit_code: int | None, *, seconds: float, log: str) -> Outcome:
    """Outcome of a part that has ended, by the file that it left.

    Args:
        answer: File with its result or error; none if it died.
        exit_code: Exit status, negative for a signal.
        seconds: Time that it took.
        log: File with all that it printed.
    """
    try:
        said = json.loads(answer.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        error = f"the process ended with {exit_code} and left no result; see {log}"
        return Outcome(status=FAILED, seconds=seconds, log=log, error=error)
    if said.get("error"):
        return Outcome(
            status=FAILED, seconds=seconds, log=log, error=said["error"], result=said.get("result")
        )
    return Outcome(status=OK, seconds=seconds, log=log, result=said["result"])


def _run(part: Part, setting: Setting, log: Path, answer: Path) -> None:
    """Run a part in this process, whose output goes to a file."""
    os.setsid()  # so that what it starts can be ended with it
    with log.open("wb") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
    # Both sides on one card: transformers would take all that it sees, and divide each batch among them.
    os.environ["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
    os.environ["XTL_CACHE"] = str(setting.folder / "cache")
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        result = part.run(setting)
    except BaseException as error:
        traceback.print_exc()
        lines = str(error).strip().splitlines() or [""]
        write_json(answer, {"error": f"{type(error).__name__}: {lines[0]}"})
        raise SystemExit(1) from None
    # A part that has measured something and found a fault gives both.
    write_json(answer, {"result": result, "error": result.pop("error", "")})


def _kill(number: int | None) -> None:
    for end in (os.killpg, os.kill):  # it may not have become the head of a group yet
        with suppress(ProcessLookupError, TypeError):
            end(number, signal.SIGKILL)
