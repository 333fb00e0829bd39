"""Several modules around one encoder in one fit: a batch is of one task, and goes to that task's module."""

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from xtl.modules.base import XtlModule
from xtl.modules.optim import OptimizerFactory
from xtl.tasks.mixture.types import MixtureBatch


class MultiTask(XtlModule):
    """Modules that hold the same backbone object. Made of built parts, never of a config.

    Validation logs ``val/score/<task>`` for each task, and as ``val/score`` the mean over those that have a
    validation set. Weights of heads whose task had no batch in an update stay as they are, on any number of
    processes: without a gradient the optimiser passes them over, momentum and weight decay included.
    """

    def __init__(self, members: Mapping[str, XtlModule], *, optimizer: OptimizerFactory) -> None:
        """Put modules around one encoder together.

        Args:
            members: Modules by name of their task; their own optimisers are not used.
            optimizer: Optimiser factory, called with this module when a fit begins, such as
                :class:`xtl.modules.AdamWLinear`.

        Raises:
            ValueError: if there are none, or their backbones are not one object.
        """
        super().__init__(optimizer)
        backbones = {id(member.backbone): member.backbone for member in members.values()}
        if len(backbones) != 1:
            raise ValueError(
                f"expected modules around one and the same backbone object, got {len(backbones)} backbones "
                f"in {len(members)} modules"
            )
        self.members = nn.ModuleDict(members)
        self.backbone = next(iter(backbones.values()))
        self.head = nn.ModuleDict({name: member.head for name, member in members.items()})
        self._idle: list[nn.Parameter] = []
        self._task = ""  # of the last batch

    def member(self, name: str) -> XtlModule:
        """Module of one task."""
        return cast(XtlModule, self.members[name])

    def setup(self, stage: str) -> None:  # noqa: ARG002  Lightning passes it
        """Let the members know the trainer: a contrastive loss asks it for the other processes."""
        for name in self.members:
            self.member(name).trainer = self.trainer

    def loss(self, batch: MixtureBatch) -> Tensor:
        """Loss of the batch's task. With several processes idle heads take part with nothing."""
        self._task = batch["member"]
        loss = self.member(self._task).loss(batch["batch"])
        if self._world_size() == 1:
            return loss
        # DistributedDataParallel demands a gradient of every weight in every update. On one process zeros as
        # large as the heads would be made only to be thrown away.
        idle_heads = [self.member(name).head for name in self.members if name != self._task]
        self._idle = [weight for head in idle_heads for weight in head.parameters()]
        for weight in self._idle:
            loss = loss + 0.0 * weight.sum()
        return loss

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        """Remove the zero gradients of idle heads, or the optimiser's momentum would go on moving them."""
        for weight in self._idle:
            weight.grad = None
        if self._task:
            self.member(self._task).on_before_optimizer_step(optimizer)

    def validate(self, batch: MixtureBatch) -> Tensor:
        """Add the batch to its task's metric."""
        return self.member(batch["member"]).validate(batch["batch"])

    def validate_for(self, index: int, batch: MixtureBatch) -> Tensor:
        """:meth:`validate` with its task's metric of one loader."""
        return self.member(batch["member"]).validate_for(index, batch["batch"])

    def _score(self, batch: MixtureBatch, stage: str, index: int) -> None:
        num_examples = len(set(batch["ids"]))
        loss = self.validate_for(index, batch)
        self.log(f"{stage}/loss", loss, batch_size=num_examples, sync_dist=True)

    def on_validation_epoch_end(self) -> None:
        """Log each task's score and their mean."""
        self._log_scores("val")

    def on_test_epoch_end(self) -> None:
        """Log each task's score and their mean."""
        self._log_scores("test")

    def _log_scores(self, stage: str) -> None:
        num_loaders = 1 + max(len(self.member(name).loader_metrics) for name in self.members)
        scored = {
            index: [name for name in self.members if self.member(name).metric_of(index).update_called]
            for index in range(num_loaders)
        }
        for index, names in scored.items():
            # As Lightning names what it logs of several loaders; here it cannot know that there are.
            suffix = f"/dataloader_idx_{index}" if any(list(scored.values())[1:]) else ""
            values = []
            for name in names:
                # Logged as numbers, and reset by hand: Lightning would do so only for metrics it is handed.
                metric = self.member(name).metric_of(index)
                values.append(torch.as_tensor(metric.compute(), dtype=torch.float32).cpu())
                self.log(f"{stage}/score/{name}{suffix}", values[-1], add_dataloader_idx=False)
                metric.reset()
            if values:
                self.log(f"{stage}/score{suffix}", torch.stack(values).mean(), add_dataloader_idx=False)

    def predict_step(self, batch: MixtureBatch, batch_idx: int = 0, dataloader_idx: int = 0) -> list[Any]:  # noqa: ARG002
        """Predictions of the batch's task."""
        # Without the loader: modules of other packages may not take its number.
        return self.member(batch["member"]).predict_step(batch["batch"], batch_idx)
