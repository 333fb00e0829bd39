"""A fit whose weights are shared out among processes (fsdp2): a twin is trained, the module gets its weights.

What is sharded once has another form for good. So the module itself is left as it is, and everything that
comes after a fit, such as the phase store, finds it as on one process.
"""

import copy
from collections.abc import Mapping
from typing import Any, TypeVar

import torch
from lightning.fabric.plugins.environments.torchelastic import TorchElasticEnvironment
from lightning.pytorch.core.optimizer import LightningOptimizer
from lightning.pytorch.strategies import ModelParallelStrategy
from torch import Tensor, nn
from torch.optim import Optimizer

from xtl.distributed.group import ProcessGroup
from xtl.models import ActiveEmbedding
from xtl.models.shards import like_sharded, whole_tensor

M = TypeVar("M", bound=nn.Module)


class ShardedStrategy(ModelParallelStrategy):
    """FSDP2 whose checkpoints are those of one process: a single file of whole weights and states.

    Lightning's own names states after weights, and knows no weight that has two names.
    """

    def __init__(self, group: ProcessGroup) -> None:
        """Share weights out among all processes.

        Args:
            group: Processes that train together.
        """
        super().__init__(
            data_parallel_size=group.size, tensor_parallel_size=1, save_distributed_checkpoint=False
        )
        self.cluster_environment = TorchElasticEnvironment()

    @property
    def lightning_restore_optimizer(self) -> bool:
        """Whether Lightning hands over the optimiser's part of a checkpoint."""
        return True  # its own strategy reads it together with the weights

    def lightning_module_state_dict(self) -> dict[str, Any]:
        """Whole weights, on the main process; all must call it."""
        assert self.lightning_module is not None  # noqa: S101  Lightning calls it in a fit
        return {name: self._whole(value) for name, value in self.lightning_module.state_dict().items()}

    def optimizer_state(self, optimizer: Optimizer) -> dict[str, Any]:
        """Whole states of the optimiser, on the main process; all must call it."""
        plain = optimizer._optimizer if isinstance(optimizer, LightningOptimizer) else optimizer
        return {name: self._whole(value) for name, value in plain.state_dict().items()}

    def save_checkpoint(self, checkpoint: dict[str, Any], filepath: Any, storage_options: Any = None) -> None:  # noqa: ANN401
        """Write the file, on the main process."""
        super(ModelParallelStrategy, self).save_checkpoint(checkpoint, filepath, storage_options)

    def load_checkpoint(self, checkpoint_path: Any, weights_only: bool | None = None) -> dict[str, Any]:  # noqa: ANN401, FBT001
        """Read the file, on each process."""
        return super(ModelParallelStrategy, self).load_checkpoint(checkpoint_path, weights_only)

    def load_model_state_dict(self, checkpoint: Mapping[str, Any], strict: bool = True) -> None:  # noqa: FBT001, FBT002
        """Put this process's part of the weights into the module."""
        assert self.lightning_module is not None  # noqa: S101
        sharded = self.lightning_module.state_dict()
        weights = {
            name: like_sharded(weight, sharded[name]) if name in sharded else weight
            for name, weight in checkpoint["state_dict"].items()
        }
        self.lightning_module.load_state_dict(weights, strict=strict)

    def load_optimizer_state_dict(self, checkpoint: Mapping[str, Any]) -> None:
        """Put this process's part of the states into the optimisers."""
        for optimizer, saved in zip(self.optimizers, checkpoint["optimizer_states"], strict=True):
            weights = [weight for group in optimizer.param_groups for weight in group["params"]]
            numbers = [number for group in saved["param_groups"] for number in group["params"]]
            weight_of = dict(zip(numbers, weights, strict=True))
            state = {
                number: {name: _part(value, weight_of[number]) for name, value in values.items()}
                for number, values in saved["state"].items()
            }
            optimizer.load_state_dict({**saved, "state": state})

    def _whole(self, state: Any) -> Any:  # noqa: ANN401
        if isinstance(state, Mapping):
            return {name: self._whole(value) for name, value in state.items()}
        if isinstance(state, Tensor):
            value = whole_tensor(state).detach()
            return value.cpu() if self.is_global_zero else value.new_empty(0)
        return state


def twin_of(module: M) -> M:
    """Copy of a module whose weights are other objects over the same memory, until they are sharded."""
    memo: dict[int, Any] = {
        id(weight): nn.Parameter(weight.detach(), requires_grad=weight.requires_grad)
        for weight in module.parameters()
    }
    for part in module.modules():
        if isinstance(part, ActiveEmbedding):  # the whole table, which is no part of the module
            memo[id(part.full)] = part.full
    return copy.deepcopy(module, memo)


def take_weights(module: nn.Module, twin: nn.Module) -> None:
    """Put the weights of a trained twin into the module that it is a copy of; all processes must call it.

    Args:
        module: Module that :func:`twin_of` was called with, on any device.
        twin: What it gave.
    """
    weights, done = module.state_dict(keep_vars=True), set()
    with torch.no_grad():
        for name, value in twin.state_dict(keep_vars=True).items():
            if id(value) not in done:
                done.add(id(value))
                weights[name].copy_(whole_tensor(value))


def _part(value: Any, weight: Tensor) -> Any:  # noqa: ANN401
    """Part of a state that goes with this process's part of its weight; a count of steps is whole."""
    of_weight = isinstance(value, Tensor) and value.shape == weight.shape and bool(value.dim())
    return like_sharded(value, weight) if of_weight else value
