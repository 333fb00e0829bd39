"""Two processes, one task a batch: no unused weights, the same weights everywhere."""

import warnings

import pytest
import torch
from lightning import Trainer
from torch.utils.data import DataLoader

from tests.helpers.processes import run_two
from tests.helpers.tasks import SEVERAL, multi_task

TURNS = ("pocket_pos", "pocket_nli", "pocket_pos", "pocket_nli")


PARTED = (("pocket_pos", "pocket_nli"), ("pocket_nli", "pocket_nli"), ("pocket_retrieval", "pocket_pos"))
"""Task of either process in each update."""


def train(rank, turns=TURNS, *, processes=2, accumulated=1):
    """Take updates, one batch a turn, on every process that is named.

    Args:
        rank: Number of the process.
        turns: Task of each turn on this process.
        processes: Number of processes.
        accumulated: Number of batches an update.

    Returns:
        Whether the head that has no turn stayed as it was, and a sum of each weight.
    """
    torch.manual_seed(0)  # heads of equal weights: the first process's are sent to the others
    module, batches = multi_task(tasks=(*SEVERAL, "pocket_retrieval"))
    # Momentum and decay move heads whose gradient is zero; Adam would make steps out of rounding errors.
    module._optimizer = lambda part: torch.optim.SGD(
        part.parameters(), lr=1e-2, momentum=0.9, weight_decay=0.1
    )
    before = [weight.detach().clone() for weight in module.head["pocket_qa"].parameters()]
    trainer = Trainer(
        accelerator="cpu", devices=processes, strategy="ddp" if processes > 1 else "auto", max_epochs=1,
        logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        use_distributed_sampler=False, accumulate_grad_batches=accumulated,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer.fit(module, DataLoader([batches[task] for task in turns], batch_size=None))
    assert trainer.world_size == processes
    assert trainer.global_step == len(turns) // accumulated
    idle = all(
        torch.equal(now, then)
        for now, then in zip(module.head["pocket_qa"].parameters(), before, strict=True)
    )
    return idle, [weight.detach().double().sum().item() for weight in module.parameters()]


def train_parted(rank):
    """Take updates in which the processes read different tasks."""
    return train(rank, [tasks[rank] for tasks in PARTED])


def test_two_processes_train_every_task_in_turn():
    results = run_two(train)  # strategy ddp refuses weights without a gradient
    assert all(idle for idle, _ in results)
    assert results[0][1] == results[1][1]
    # Where idle heads have no gradient at all, the weights end the same.
    idle, alone = train(0, processes=1)
    assert idle
    assert results[0][1] == pytest.approx(alone, abs=1e-3)


def test_two_processes_that_read_different_tasks_keep_the_same_weights():
    results = run_two(train_parted)
    assert all(idle for idle, _ in results)
    assert results[0][1] == results[1][1]
    # One process that accumulates what the two read takes the same updates.
    idle, alone = train(0, [task for tasks in PARTED for task in tasks], processes=1, accumulated=2)
    assert idle
    assert results[0][1] == pytest.approx(alone, abs=1e-3)
