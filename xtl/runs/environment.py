"""Versions, commit, device and threads of a run."""

import platform
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

import xtl

_PACKAGES = (
    "torch", "lightning", "transformers", "tokenizers", "torchmetrics", "hydra-core", "omegaconf", "pyarrow",
    "numpy",
)  # fmt: skip


def environment(*, device: str, arguments: Sequence[str]) -> dict[str, object]:
    """Describe what a run ran on."""
    return {
        "xtl": xtl.__version__,
        "commit": commit(),
        "command": list(arguments),
        "directory": str(Path.cwd()),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "device": device,
        "device_name": torch.cuda.get_device_name()
        if device == "cuda"
        else platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "executable": sys.executable,
    }


@cache
def commit() -> str:
    """Commit of xtl's checkout, ``-dirty`` behind it if files differ; empty outside a checkout."""
    root = Path(xtl.__file__).resolve().parents[1]
    if not (root / ".git").exists():
        return ""
    try:
        head = _git(root, "rev-parse", "HEAD")
        return head + ("-dirty" if _git(root, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return ""


def _git(root: Path, *arguments: str) -> str:
    # git status also renews the index; killed while it does, it leaves a lock that stops the user's git.
    command = ["git", "--no-optional-locks", "-C", str(root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=10).stdout.strip()  # noqa: S603


@cache  # reading the metadata of all of them takes longer than writing the file
def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
