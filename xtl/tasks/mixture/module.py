"""Several modules around one encoder in one fit: a batch is of one task, and goes to that task's module."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from xtl.modules.base import XtlModule
from xtl.modules.optim import OptimizerFactory
from xtl.tasks.mixture.features import features_of_member
from xtl.tasks.mixture.types import MixtureBatch, MixtureFeature


class MultiTask(XtlModule):
    """Modules that hold the same backbone object. Made of built parts, never of a config.

    Validation logs ``val/score/<task>`` for each task, and as ``val/score`` the mean over those that have a
    validation set. Weights of heads whose task had no batch in an update, in none of its accumulated batches
    on no process, stay as they are: without a gradient the optimiser passes them over, momentum and weight
    decay included. Processes may read different tasks in the same step.
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
        self.reads_table = any(member.reads_table for member in members.values())
        self.predicts_in_threads = all(member.predicts_in_threads for member in members.values())
        self._active: set[str] = set()  # tasks that had a batch since the last update, on any process

    def member(self, name: str) -> XtlModule:
        """Module of one task.

        Raises:
            ValueError: if there is none of this name.
        """
        if name not in self.members:
            raise ValueError(
                f"batch of task '{name}': expected one of the members {', '.join(self.members)}; give "
                "modules under the names of the tasks that their batches have"
            )
        return cast(XtlModule, self.members[name])

    def setup(self, stage: str) -> None:  # noqa: ARG002  Lightning passes it
        """Let the members know the trainer: a contrastive loss asks it for the other processes."""
        for name in self.members:
            self.member(name).trainer = self.trainer

    def on_fit_start(self) -> None:
        """Begin without a task of a loss that was computed outside this fit, such as a trial's."""
        super().on_fit_start()
        self._active.clear()

    def initialize_head(self, features: Sequence[MixtureFeature]) -> None:
        """Let each member see its own features."""
        for name in self.members:
            self.member(name).initialize_head(features_of_member(features, name))

    def count(self, batch: MixtureBatch) -> float:
        """What the loss of the batch's task is a mean over."""
        return self.member(batch["member"]).count(batch["batch"])

    def prepare(self, batch: MixtureBatch) -> MixtureBatch:
        """Let the batch's task draw what it must."""
        return {**batch, "batch": self.member(batch["member"]).prepare(batch["batch"])}

    def loss(self, batch: MixtureBatch) -> Tensor:
        """Loss of the batch's task. With several processes the other heads take part with nothing."""
        name = batch["member"]
        member = self.member(name)
        member.stands_in = self.stands_in
        if self._world_size() == 1:
            self._active.add(name)
            return member.loss(batch["batch"])
        tasks = self._tasks_of_processes(name)
        self._active |= tasks
        member.gathers = len(tasks) == 1
        loss = member.loss(batch["batch"])
        # DistributedDataParallel demands a gradient of every weight in every update. On one process zeros as
        # large as the heads would be made only to be thrown away.
        for other in self.members:
            if other != name:
                for weight in self.member(other).head.parameters():
                    loss = loss + 0.0 * weight.sum()
        return loss

    def _tasks_of_processes(self, name: str) -> set[str]:
        """Tasks that the processes read in this step, ``name`` on this one."""
        names = list(self.members)
        index = torch.tensor(names.index(name), device=self.device)
        gathered = cast(Tensor, self.all_gather(index))
        return {names[number] for number in gathered.flatten().tolist()}

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:  # noqa: ARG002
        """Remove the zero gradients of idle heads, or the optimiser's momentum would go on moving them."""
        idle = [weight for name in self.members if name not in self._active
                for weight in self.member(name).head.parameters()]  # fmt: skip
        if self._world_size() > 1 and self._active:
            # Of the encoder, what none of the tasks of this update has read.
            idle += set.intersection(*(self.member(name).unread_weights() for name in self._active))
        for weight in idle:
            weight.grad = None
        self._active.clear()

    def validate(self, batch: MixtureBatch) -> Tensor:
        """Add the batch to its task's metric."""
        return self.member(batch["member"]).validate(batch["batch"])

    def validate_for(self, index: int, batch: MixtureBatch) -> Tensor:
        """:meth:`validate` with its task's metric of one loader."""
        return self.member(batch["member"]).validate_for(index, batch["batch"])

    def _score(self, batch: MixtureBatch, stage: str, index: int) -> None:
        num_examples = len(set(batch["ids"]))
        loss = self.validate_for(index, batch)
        self.log(f"{stage}/loss", loss, batch_size=num_examples * self._world_size(), sync_dist=True)

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
