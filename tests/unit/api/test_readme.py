"""The examples of the modules' README, run as they stand there."""

import re
from pathlib import Path

import pytest

import xtl

README = Path(xtl.__file__).parent / "modules" / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.slow  # test_data_module.py and test_cells.py do the same with less
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("block", BLOCKS, ids=["module", "cell"])
def test_examples_run(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(block, str(README), "exec"), names)  # noqa: S102
    if "trainer" in names:
        assert [*names["scores"][2]] == ["test/loss/dataloader_idx_2", "test/score/dataloader_idx_2"]
        assert names["data"].test_langs == ["de", "hi", "sw"]
    else:
        assert set(names["scores"].lang) == {"de", "sw"}
