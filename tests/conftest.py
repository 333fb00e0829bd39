"""What every test gets: no network, a fixed seed, a cache of its own, messages, the mark of its folder."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"  # read when huggingface_hub is imported
os.environ.setdefault("MPLBACKEND", "agg")
import argparse
import gc
import json
import re
import signal
import socket
import sys
from functools import cache
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from tests.helpers.quick import skip_repeated_work
from xtl.cli.logs import set_up

# A run of all tests starts a dozen interpreters; where an image asks for no bytecode, each would compile all.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A shell that starts the tests in the background has them ignore SIGINT, and so all commands that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Shared machines stall now and then; the same examples in every run.
settings.register_profile("xtl", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("xtl")

collect_ignore = ["helpers/outside_project"]
"""Scripts of another project: they run in an environment and a folder of their own."""

GOLDEN = Path(__file__).parent / "golden"
MARKED_FOLDERS = ("integration", "distributed")
"""Folders below this one whose tests have a mark of the same name."""

CACHE_NUMBERS = count()

gc.disable()  # until everything is imported: nothing of that is ever garbage

LONG_FILES = (
    "integration/test_sweeps.py",  # and with it all that start commands
    "integration/test_report_page.py", "test_tasks.py", "integration/test_report_input.py",
    "integration/test_pocket.py", "integration/test_chains.py", "integration/test_data_commands.py",
    "unit/tasks/test_every_type.py", "integration/test_predict.py", "test_recipes.py",
    "integration/test_catalogue.py", "integration/test_tuning.py", "integration/test_cell.py",
    "integration/test_prepare.py", "integration/test_rules.py", "integration/test_report.py",
    "integration/test_resuming.py", "integration/test_lease.py", "integration/test_evaluate.py",
    "integration/test_hub.py", "unit/pipeline/test_read.py",
    "integration/test_plain_lightning.py", "integration/test_cases.py", "integration/test_notebooks.py",
    "integration/test_example_counts.py", "unit/pocket/test_golden.py", "integration/test_sweep_phases.py",
    "unit/pocket/test_properties.py", "integration/test_sweep_launch.py", "unit/caching/test_session.py",
    "integration/test_meeting.py", "unit/caching/test_example_files.py",
)  # fmt: skip
"""Files that take longest, in that order: begun last, one process would end long after the other."""


def pytest_collection_modifyitems(items):
    """Mark each test by its folder and those held against golden files; put long files first."""
    rank = {GOLDEN.parent / name: index for index, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))
    for item in items:
        below = item.path.relative_to(GOLDEN.parent).parts if GOLDEN.parent in item.path.parents else ()
        for name in MARKED_FOLDERS:
            if name in below:
                item.add_marker(name)
        if "golden" in getattr(item, "fixturenames", ()) or item.path.name == "test_golden.py":
            item.add_marker("golden")


class Scheduler(LoadFileScheduling):
    """Files in turn, but all that start commands go to one process: one alone imports what they need."""

    def _split_scope(self, nodeid):
        file = super()._split_scope(nodeid)
        return "commands" if starts_commands(file) else file


@cache
def starts_commands(file):
    """Whether a file of tests, by its path below the root, starts processes that are forked from one."""
    path = GOLDEN.parents[1] / file
    starting = "commands|document_checks|notebooks|processes"
    imports = re.compile(rf"^from tests\.helpers\.({starting}) import", re.MULTILINE)
    return path.is_file() and imports.search(path.read_text(encoding="utf-8")) is not None


def pytest_xdist_make_scheduler(config, log):
    """Hand out files by :class:`Scheduler`; slow tests, most of which start commands, are shared out."""
    is_quick = config.option.dist == "loadfile" and config.option.markexpr == "not slow"
    return Scheduler(config, log) if is_quick else None


def pytest_collection_finish():
    """Leave alone, in every later search for garbage, what has been imported, and search less often."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


@pytest.fixture(autouse=True)
def messages():
    """Show on standard error what is logged, as every command does."""
    set_up(argparse.Namespace())


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Refuse internet sockets and find no other machine's name; those between local processes stay."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo
    own_names = {None, "", "localhost", "127.0.0.1", "::1", socket.gethostname()}

    def local_only(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1"):
            raise AssertionError(f"a test asked for the network: {address}")
        return connect(self, address)

    def own_name_only(host, *arguments, **options):
        if (host.decode() if isinstance(host, bytes) else host) not in own_names:
            # At once, as where there is no network; asking for it may take seconds there.
            raise socket.gaierror(socket.EAI_NONAME, f"tests know no other machine: {host}")
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(socket.socket, "connect", local_only)
    monkeypatch.setattr(socket, "getaddrinfo", own_name_only)


@pytest.fixture(autouse=True)
def seeded():
    """Start each test from the same random state."""
    import torch  # here, so that the process that only hands out tests need not wait for it

    # torch.manual_seed also notes down for each kind of device, with a traceback, that it is to be seeded.
    torch.default_generator.manual_seed(0)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """Let no test find the phases of another one, nor the user's."""
    folder = tmp_path_factory.getbasetemp() / "caches" / str(next(CACHE_NUMBERS))
    monkeypatch.setenv("XTL_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session")
def golden():
    """Read a file of golden vectors by name."""

    def read(name):
        return json.loads((GOLDEN / f"{name}.json").read_text(encoding="ascii"))

    return read


@pytest.fixture(scope="session", autouse=True)
def quick(tmp_path_factory):
    """Spare tests what other libraries do again and again, and each process what another one has composed."""
    from tests.helpers.compose import share  # here, as torch below

    skip_repeated_work()
    of_all_processes = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        of_all_processes = of_all_processes.parent
    share(of_all_processes / "compositions")


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Tiny tensors gain nothing from threads, and those of a busy machine wait for each other."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
