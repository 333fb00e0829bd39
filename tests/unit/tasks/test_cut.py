"""Texts that lose their end are counted by every type that cuts them, once an example."""

import pytest

from tests.helpers.tasks import SMALL_SIZES, composed_task
from xtl.models import tiny

TASKS = ("pocket_nli", "pocket_choice", "pocket_retrieval", "pocket_mining")


@pytest.mark.parametrize("name", TASKS)
def test_what_is_cut_is_counted(name):
    split, lang = ("test", "de")
    pretrained = tiny()
    for max_len in (8, 500):
        task = composed_task(name, *SMALL_SIZES, f"target.max_len={max_len}")
        examples = task.source.examples(lang, split)
        for _ in range(2):
            task.encode(examples, pretrained.tokenizer)
        cut = [uids for reason, uids in task.skip_counts.uids.items() if "cut to max_len=" in reason]
        if max_len == 500:
            assert cut == []
        else:  # corpora are one example with two sides
            assert len(cut) == 1 + (name == "pocket_mining")
            assert {*cut[0]} <= {f"{lang}:{example.uid}" for example in examples}
