"""The commit of a checkout, read without a trace in it."""

import os
import subprocess

import pytest

import xtl
from xtl.runs.environment import commit


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A repository with a file of one commit, in the place of xtl's."""
    root = tmp_path / "checkout"
    (root / "xtl").mkdir(parents=True)
    module = root / "xtl" / "__init__.py"
    module.write_text("one\n")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "One")
    monkeypatch.setattr(xtl, "__file__", str(module))
    return module


@pytest.fixture(autouse=True)
def _asked_anew():
    """The answer of the process is not that of the test before, nor left to the next one."""
    commit.cache_clear()
    yield
    commit.cache_clear()


def git(root, *arguments):
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_it_is_the_head_and_says_where_files_differ(checkout):
    head = git(checkout.parent, "rev-parse", "HEAD")
    assert commit() == head
    commit.cache_clear()
    checkout.write_text("two\n")
    assert commit() == f"{head}-dirty"


def test_reading_it_writes_nothing_into_the_repository(checkout):
    index = checkout.parents[1] / ".git" / "index"
    os.utime(checkout, (1_000_000_000, 1_000_000_000))  # git status would write the new time into the index
    before = index.read_bytes()
    assert not commit().endswith("-dirty")
    assert index.read_bytes() == before


def test_outside_a_checkout_there_is_none(tmp_path, monkeypatch):
    monkeypatch.setattr(xtl, "__file__", str(tmp_path / "xtl" / "__init__.py"))
    assert commit() == ""
