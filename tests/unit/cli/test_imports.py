"""What commands import before they know what they are to do: seconds for each that need not be."""

import subprocess
import sys


def test_a_report_needs_no_torch():
    heavy = "{'torch', 'lightning', 'transformers', 'wandb'}"
    code = f"import sys, xtl.cli.report; print(sorted({heavy} & {{*sys.modules}}))"
    output = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)
    assert output.stdout.strip() == "[]"
