"""A fit on several devices: what Lightning must know of the processes, and what each does by itself."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from lightning import Callback, LightningModule, Trainer
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.fabric.plugins.environments.torchelastic import TorchElasticEnvironment
from lightning.pytorch.strategies import DDPStrategy
from torch import nn
from torchmetrics import Metric

from xtl.distributed.group import ALONE, ProcessGroup
from xtl.models import HFBackbone
from xtl.modules.base import XtlModule
from xtl.schemas.trainer import FSDP2, TF32, XTL_KERNELS, TrainerConfig
from xtl.training.device import pick_device
from xtl.training.sharding import ShardedStrategy, twin_of

_SEEDS_APART = 1_000_003
"""A prime: seed 1 on the first process is not seed 0 on the second one."""


def devices_of(settings: TrainerConfig, group: ProcessGroup) -> dict[str, Any]:
    """Arguments of Lightning's trainer: precision; one device, or the processes that are there already.

    Args:
        settings: Settings of the machine.
        group: Processes that train together.
    """
    # TensorFloat-32 is for whoever multiplies 32 bits; to Lightning these are 32 bits.
    precision = "32-true" if settings.precision == TF32 else settings.precision
    if group.is_alone:
        # Named, or Lightning would take over signals and requeueing of a Slurm job that the process is in.
        return {"devices": 1, "precision": precision, "plugins": [LightningEnvironment()]}
    strategy = (
        ShardedStrategy(group)
        if settings.strategy == FSDP2
        else DDPStrategy(cluster_environment=TorchElasticEnvironment())
    )
    return {
        "devices": group.local_size,
        "num_nodes": settings.nodes,
        "precision": precision,
        "strategy": strategy,
    }


def encoder_graphs(
    module: XtlModule, settings: TrainerConfig, group: ProcessGroup
) -> AbstractContextManager[None]:
    """Training passes of the encoder as CUDA graphs, on a GPU that trains alone; else nothing changes.

    Args:
        module: Module to train.
        settings: Kernels, device.
        group: Processes that train together, whose exchange of gradients graphs would leave out.
    """
    backbone = getattr(module, "backbone", None)
    on_gpu = pick_device(settings.accelerator).type == "cuda"
    is_used = on_gpu and group.is_alone and settings.kernels == XTL_KERNELS
    if not is_used or not isinstance(backbone, HFBackbone):
        return nullcontext()
    # Blocks that are computed twice keep a random state, which no graph can.
    return backbone.graphed(records=not settings.gradient_checkpointing)


def fitted_module(module: XtlModule, settings: TrainerConfig) -> XtlModule:
    """Module that Lightning is to fit: ``module`` or, where weights are shared out, a twin of it."""
    return twin_of(module) if settings.strategy == FSDP2 else module


def scoring_group(settings: TrainerConfig, group: ProcessGroup) -> ProcessGroup:
    """Processes that share out languages to validate in; none do where each batch takes all of them."""
    return ALONE if settings.strategy == FSDP2 else group


class OwnMasks(Callback):
    """Gives each process dropout masks of its own.

    When training begins, since Lightning seeds all processes alike as it sets them up; and before the first
    batch, where a fit that goes on puts the random state of its checkpoint back.
    """

    def __init__(self, group: ProcessGroup) -> None:
        """Plan it.

        Args:
            group: Processes that train together; nothing changes where there is one.
        """
        self._rank = group.rank

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:  # noqa: ARG002
        """Seed the processes apart; the first one keeps its seed."""
        if self._rank:
            torch.manual_seed(torch.initial_seed() + self._rank * _SEEDS_APART)


def ask_no_other(module: nn.Module, group: ProcessGroup) -> None:
    """Give each process a metric that asks no other process.

    Args:
        module: Module to train.
        group: Processes that train together; nothing changes where there is one.
    """
    if group.is_alone:
        return
    for part in module.modules():
        if isinstance(part, Metric):  # all read the same validation set, so each has all counts
            part.sync_on_compute = False
            part._to_sync = False
