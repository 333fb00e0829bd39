"""What every test gets: no network, a fixed seed."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"  # read when huggingface_hub is imported
os.environ.setdefault("MPLBACKEND", "agg")

import json
import socket
from pathlib import Path

import pytest
import torch
from hypothesis import settings

# Shared machines stall now and then; the same examples in every run.
settings.register_profile("xtl", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("xtl")

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Refuse internet sockets; those between local processes stay."""
    connect = socket.socket.connect

    def local_only(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1"):
            raise AssertionError(f"a test asked for the network: {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_only)


@pytest.fixture(autouse=True)
def seeded():
    """Start each test from the same random state."""
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def golden():
    """Read a file of golden vectors by name."""

    def read(name):
        return json.loads((GOLDEN / f"{name}.json").read_text(encoding="ascii"))

    return read


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Tiny tensors gain nothing from threads, and those of a busy machine wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
