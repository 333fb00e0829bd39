"""Notebooks from top to bottom: cell by cell in a forked process, which costs no imports, or in a kernel."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.helpers.commands import ENVIRONMENT, ROOT, context, ended

SECONDS = 300
"""Seconds that a cell may take."""


def environment(folder: Path, values: Mapping[str, str]) -> dict[str, str]:
    """Variables of a process that runs a small notebook and leaves nothing outside ``folder``."""
    own = {"XTL_NOTEBOOK_SIZE": "small", "TMPDIR": str(folder), "IPYTHONDIR": str(folder / "ipython")}
    return {**os.environ, **ENVIRONMENT, **own, **values}


def run_forked(path: Path, folder: Path, **values: str) -> str:
    """Run the cells of a notebook as a kernel would, in a process forked from one that has imported torch.

    Args:
        path: Notebook.
        folder: Current folder, and that of temporary files.
        values: More variables of the environment.

    Returns:
        All that it printed and showed; of a picture its size.

    Raises:
        AssertionError: if a cell fails, with what was printed until then.
    """
    sources = ["".join(cell["source"]) for cell in cells_of(path) if cell["cell_type"] == "code"]
    printed = folder / "printed.txt"
    process = context().Process(target=_run, args=(sources, folder, environment(folder, values), printed))
    process.start()
    status = ended(process)
    text = printed.read_text(encoding="utf-8")
    assert status == 0, text
    return text


def run_in_kernel(path: Path, folder: Path, **values: str) -> str:
    """Run a notebook in a kernel of its own; as :func:`run_forked`."""
    import nbformat  # here and below: forked processes import this file, and need neither
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    with patch.dict(os.environ, environment(folder, values), clear=True):
        client.execute()
    return "".join(map(_text, (output for cell in notebook.cells for output in cell.get("outputs", []))))


def cells_of(path: Path) -> list[dict[str, Any]]:
    """Cells of a notebook, as they stand in its file."""
    return list(json.loads(path.read_text(encoding="utf-8"))["cells"])


def _text(output: Mapping[str, Any]) -> str:
    return output.get("text") or f"{output.get('data', {}).get('text/plain', '')}\n"


def _run(sources: list[str], folder: Path, variables: Mapping[str, str], printed: Path) -> None:
    """Turn a forked process into one that runs cells."""
    with printed.open("wb") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
    sys.path.insert(0, str(ROOT))
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    from IPython.core.interactiveshell import InteractiveShell  # here: no other test needs it
    from traitlets.config import Config

    class Shell(InteractiveShell):
        def enable_gui(self, gui: str | None = None) -> None:
            """Pictures are shown as the text that stands for them."""

    settings = Config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.colors = "nocolor"
    shell = Shell.instance(config=settings)
    for source in sources:
        shell.run_cell(source).raise_error()
    sys.stdout.flush()
