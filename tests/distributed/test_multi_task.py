"""Two processes, one task a batch: no unused weights, the same weights everywhere."""

import multiprocessing
import os
import socket

import pytest
import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

from tests.unit.modules.test_multi_task import TASKS, multi_task


class Training(torch.nn.Module):
    """What Lightning does under ddp: the wrapped forward is the training step."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, batch):
        return self.module.loss(batch)


def train(rank, port, queue):
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", rank=rank, world_size=2)
    try:
        module, batches = multi_task()
        wrapped = DistributedDataParallel(Training(module))  # without find_unused_parameters
        optimizer = torch.optim.AdamW(module.parameters(), lr=1e-3)
        before = [weight.detach().clone() for weight in module.head["pocket_qa"].parameters()]
        for task in ("pocket_pos", "pocket_nli", "pocket_pos", "pocket_nli"):
            wrapped(batches[task]).backward()
            module.on_before_optimizer_step(optimizer)
            optimizer.step()
            optimizer.zero_grad()
        idle = all(
            torch.equal(now, then)
            for now, then in zip(module.head["pocket_qa"].parameters(), before, strict=True)
        )
        total = sum(weight.detach().double().sum() for weight in module.parameters()).item()
        queue.put((rank, idle, total))
    finally:
        distributed.destroy_process_group()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_two_processes_train_every_task_in_turn():
    assert "pocket_qa" in TASKS
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    processes = [context.Process(target=train, args=(rank, port, queue)) for rank in (0, 1)]
    for process in processes:
        process.start()
    found = [queue.get(timeout=240) for _ in processes]
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert all(idle for _, idle, _ in found)
    assert found[0][2] == found[1][2]
