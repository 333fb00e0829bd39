"""The same rows on every platform; ``python -m xtl.pocket.check <lang> --digests`` makes the fingerprints."""

import json
import time
from pathlib import Path

import pytest

from xtl.pocket import TASKS, examples, languages
from xtl.pocket.check import digests
from xtl.pocket.grammar import available

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("lang", available())
def test_rows_have_not_changed(lang):
    expected = json.loads((GOLDEN / f"{lang}.json").read_text(encoding="utf-8"))
    assert digests(lang) == expected


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_ten_thousand_rows_in_ten_seconds(task):
    lang = languages(task)[-1]
    start = time.process_time()
    examples(task, lang, split="train", size=10_000)
    assert time.process_time() - start < 10
