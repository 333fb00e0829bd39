"""Two processes, one task a batch: no unused weights, the same weights everywhere."""

import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

from tests.helpers.families import multi_task
from tests.helpers.processes import run_two


class Training(torch.nn.Module):
    """What Lightning does under ddp: the wrapped forward is the training step."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, batch):
        return self.module.loss(batch)


def train(rank):
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
        return idle, sum(weight.detach().double().sum() for weight in module.parameters()).item()
    finally:
        distributed.destroy_process_group()


def test_two_processes_train_every_task_in_turn():
    found = run_two(train)
    assert all(idle for idle, _ in found)
    assert found[0][1] == found[1][1]
