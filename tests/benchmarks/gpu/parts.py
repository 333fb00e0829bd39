"""All parts of the measurement, in their order. Each function runs in a process of its own."""

from functools import partial
from typing import Any

from tests.benchmarks.processes import ROOT, Part, Setting
from tests.benchmarks.workloads import PAIRS, QUESTIONS, workload

KINDS = (PAIRS, QUESTIONS)
XTL, TRANSFORMERS = "xtl", "transformers"
SIDES = (XTL, TRANSFORMERS)

MACHINE, PEAK, CELLS = "machine", "peak", "cells"


def all_parts(setting: Setting) -> list[Part]:
    """Parts in the order in which they run: what the README tells of a card first.

    Example:
        >>> [part.name for part in all_parts(Setting(device="cuda", folder=ROOT, compiled=True))]
        ... # doctest: +NORMALIZE_WHITESPACE
        ['machine', 'peak', 'pairs-xtl', 'pairs-transformers', 'questions-xtl', 'questions-transformers',
         'cells', 'profile-pairs', 'profile-questions', 'pairs-xtl-compiled',
         'pairs-transformers-compiled', 'questions-xtl-compiled', 'questions-transformers-compiled']
    """
    plain = [_speed(kind, side) for kind in KINDS for side in SIDES]
    compiled = [_speed(kind, side, compiled=True) for kind in KINDS for side in SIDES]
    return [
        Part(name=MACHINE, run=machine, limit=60),
        Part(name=PEAK, run=peak, limit=60),
        *plain,
        Part(name=CELLS, run=cells, limit=240),
        *(Part(name=f"profile-{kind}", run=partial(profile, kind)) for kind in KINDS),
        *(compiled if setting.compiled else []),
    ]


def name_of(kind: str, side: str, *, compiled: bool = False) -> str:
    """Name of the part that measures one side."""
    return f"{kind}-{side}-compiled" if compiled else f"{kind}-{side}"


def _speed(kind: str, side: str, *, compiled: bool = False) -> Part:
    run = partial(speed, kind, side, compiled=compiled)
    return Part(name=name_of(kind, side, compiled=compiled), run=run, limit=300 if compiled else 150)


def machine(setting: Setting) -> dict[str, Any]:
    """What is measured, and the precision that suits it."""
    from tests.benchmarks.measures import environment

    return environment(setting.device) | {"precision": _precision(setting.device)}


def peak(setting: Setting) -> dict[str, Any]:
    """Products of large matrices."""
    from tests.benchmarks.measures import matrix_peaks

    return {"tflops": matrix_peaks(setting.device, seconds=2.0 if setting.device == "cuda" else 0.5)}


def speed(kind: str, side: str, setting: Setting, *, compiled: bool = False) -> dict[str, Any]:
    """One side's training of one workload.

    Args:
        kind: Kind of rows.
        side: xtl or transformers.
        setting: Device, folder.
        compiled: Whether with ``torch.compile``.
    """
    from tests.benchmarks import transformers_side, xtl_side
    from tests.benchmarks.clock import Clock, training_record

    work = workload(kind, setting.device, quick=setting.quick)
    precision = _precision(setting.device)
    clock = Clock(device=setting.device, updates=work.updates)
    train = {XTL: xtl_side, TRANSFORMERS: transformers_side}[side].train
    folder = setting.folder / "work" / name_of(kind, side, compiled=compiled)
    folder.mkdir(parents=True, exist_ok=True)
    trained = train(work, clock=clock, precision=precision, folder=folder, compiled=compiled)
    record = training_record(work, clock, trained, precision=precision)
    return record | {"tokens_per_second": trained["tokens"] / clock.seconds}


def profile(kind: str, setting: Setting) -> dict[str, Any]:
    """Where xtl's training spends its time.

    Args:
        kind: Kind of rows.
        setting: Device, folder.
    """
    from tests.benchmarks.measures import profiled

    work = workload(kind, setting.device, quick=True, updates=10 if setting.device == "cuda" else 1)
    folder = setting.folder / "work" / f"profile-{kind}"
    folder.mkdir(parents=True, exist_ok=True)
    return profiled(work, device=setting.device, precision=_precision(setting.device), folder=folder)


def cells(setting: Setting) -> dict[str, Any]:
    """The tests below tests/gpu: cells of each task type, resumed ones, several processes."""
    import os

    import pytest

    os.environ["XTL_TEST_DEVICE"] = setting.device
    os.chdir(ROOT)
    (setting.folder / "work").mkdir(exist_ok=True)
    seen = Collected()
    arguments = ["tests/gpu", "-m", "gpu", "-q", "--tb=short", "-p", "no:cacheprovider"]
    # Other versions of libraries deprecate other things, which is not what is measured.
    arguments += ["-W", "default", "-c", "pyproject.toml", f"--basetemp={setting.folder / 'work' / 'pytest'}"]
    status = pytest.main(arguments, plugins=[seen])
    result = seen.summary()
    if status or not result["passed"]:
        result["error"] = f"pytest ended with {int(status)}: {result['failed']} failed: {seen.first_failure}"
    return result


class Collected:
    """Plugin of pytest that keeps how each test ended."""

    def __init__(self) -> None:
        self.tests: list[dict[str, Any]] = []
        self.first_failure = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep the outcome of a test: its call, or a set-up that skipped or failed."""
        if report.when != "call" and report.outcome == "passed":
            return
        name = report.nodeid.rpartition("::")[2]
        self.tests.append({"test": name, "outcome": report.outcome, "seconds": round(report.duration, 2)})
        if report.outcome == "failed" and not self.first_failure:
            text = str(report.longrepr).strip().splitlines()
            self.first_failure = f"{name}: {text[-1] if text else ''}"

    def summary(self) -> dict[str, Any]:
        """How many ended how, and each of them."""
        outcomes = [test["outcome"] for test in self.tests]
        counts = {outcome: outcomes.count(outcome) for outcome in ("passed", "failed", "skipped")}
        return counts | {"tests": self.tests}


def _precision(device: str) -> str:
    """Precision of the comparison: bfloat16, which a CPU may lack."""
    import torch

    from xtl.training.device import pick_precision

    return pick_precision("auto", torch.device(device))
