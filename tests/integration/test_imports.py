"""What commands import before they know what they are to do: seconds for each that need not be."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("command", ["report", "phases", "quickstart"])
def test_what_answers_at_once_needs_no_torch(command):
    heavy = "{'torch', 'lightning', 'transformers', 'wandb'}"
    code = f"import sys, xtl.cli.{command}; print(sorted({heavy} & {{*sys.modules}}))"
    output = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)
    assert output.stdout.strip() == "[]"


def test_whether_a_cell_is_done_is_known_without_a_module():
    """A sweep asks it for each cell, before anything is trained."""
    heavy = "{'lightning', 'transformers', 'pandas', 'matplotlib', 'wandb'}"
    code = f"import sys, xtl.runs.fingerprint; print(sorted({heavy} & {{*sys.modules}}))"
    output = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)
    assert output.stdout.strip() == "[]"
