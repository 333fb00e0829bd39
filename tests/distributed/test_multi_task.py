"""Two processes, one task a batch: no unused weights, the same weights everywhere."""

import warnings

import pytest
import torch
from lightning import Trainer
from torch.utils.data import DataLoader

from tests.helpers.processes import run_two
from tests.helpers.tasks import multi_task

TURNS = ("pocket_pos", "pocket_nli", "pocket_pos", "pocket_nli")


def train(rank, *, processes=2):
    """Take an update a turn, on the same batches on every process.

    Returns:
        Whether the head that has no turn stayed as it was, and a sum of each weight.
    """
    torch.manual_seed(0)  # heads of equal weights: the first process's are sent to the others
    module, batches = multi_task()
    module._optimizer = lambda part: torch.optim.AdamW(part.parameters(), lr=1e-3)
    before = [weight.detach().clone() for weight in module.head["pocket_qa"].parameters()]
    trainer = Trainer(
        accelerator="cpu", devices=processes, strategy="ddp" if processes > 1 else "auto", max_epochs=1,
        logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        use_distributed_sampler=False,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer.fit(module, DataLoader([batches[task] for task in TURNS], batch_size=None))
    assert trainer.world_size == processes
    assert trainer.global_step == len(TURNS)
    idle = all(
        torch.equal(now, then)
        for now, then in zip(module.head["pocket_qa"].parameters(), before, strict=True)
    )
    return idle, [weight.detach().double().sum().item() for weight in module.parameters()]


def test_two_processes_train_every_task_in_turn():
    results = run_two(train)  # strategy ddp refuses weights without a gradient
    assert all(idle for idle, _ in results)
    assert results[0][1] == results[1][1]
    # Where idle heads have no gradient at all, the weights end the same.
    idle, alone = train(0, processes=1)
    assert idle
    assert results[0][1] == pytest.approx(alone, abs=1e-3)
