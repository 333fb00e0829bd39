"""Contrastive training on aligned sentences: two processes with half a batch each do what one does."""

import warnings
from functools import partial

import pytest
import torch
from lightning import Trainer
from torch.utils.data import DataLoader

from tests.helpers.processes import run_two
from tests.helpers.tasks import parts
from xtl.pocket import examples

UPDATES = 3


def train(rank, *, processes=2, langs=("de",)):
    """Take a few updates; give the weights. Each process has one of several languages, of the same pairs."""
    task, pretrained, _, features, module = parts("pocket_retrieval", count=8)
    if len(langs) > 1:
        rows = [row for lang in langs for row in examples("pocket_retrieval", lang, split="train", size=4)]
        features = task.encode(rows, pretrained.tokenizer)
    for part in module.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    module._optimizer = lambda one: torch.optim.SGD(one.parameters(), lr=0.5)
    size = len(features) // processes
    batch = task.collator(pretrained.tokenizer.pad_token_id)(features[rank * size : (rank + 1) * size])
    loader = DataLoader([batch] * UPDATES, batch_size=None)
    trainer = Trainer(
        accelerator="cpu", devices=processes, strategy="ddp" if processes > 1 else "auto", max_epochs=1,
        logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        use_distributed_sampler=False,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer.fit(module, loader)
    assert trainer.world_size == processes
    return [weight.detach().tolist() for weight in module.parameters()]


@pytest.mark.parametrize("langs", [("de",), ("de", "fr")], ids=" ".join)
def test_two_processes_do_what_one_does(langs):
    first, second = run_two(partial(train, langs=langs))
    alone = train(0, processes=1, langs=langs)
    start = [weight.detach() for weight in parts("pocket_retrieval", count=8)[4].parameters()]
    moved = 0.0
    for left, right, one, begin in zip(first, second, alone, start, strict=True):
        assert left == right
        torch.testing.assert_close(torch.tensor(left), torch.tensor(one), atol=2e-5, rtol=1e-4)
        moved += float((torch.tensor(one) - begin).abs().sum())
    assert moved > 1.0, "the test needs weights that move"
