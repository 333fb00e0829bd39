"""How the devices of a cell share its fits, and what is told of all that ``auto`` has chosen."""

import logging
from dataclasses import replace

import torch

from xtl.distributed.estimate import BYTES_OF_A_WEIGHT, EncoderShape, state_bytes
from xtl.models.load import hub_config
from xtl.pipeline.context import RunContext
from xtl.schemas.backbone import BackboneConfig
from xtl.schemas.cell import TrainConfig
from xtl.schemas.trainer import AUTO, DDP, FSDP2, SINGLE, TrainerConfig
from xtl.tasks.registry import parts_of, task_type
from xtl.training.device import DeviceSettings

logger = logging.getLogger(__name__)

_GIB = 2**30

_BESIDE = 2**30
"""What CUDA itself takes of a device."""

_GAPS = 1.1
"""What is lost between pieces of memory."""

_ROWS = 30_000
"""Rows of the embedding table that English training text reads; how many they are is known too late."""


def resolved_here(config: TrainConfig, device: DeviceSettings) -> tuple[TrainConfig, list[str]]:
    """Put what suits this machine in the place of ``auto``; say what that is, each with its reason.

    Args:
        config: Config as it was written.
        device: Where to run.
    """
    requested, config = config.trainer, device.resolved(config)
    reason, trainer = "", config.trainer
    if trainer.strategy == AUTO:
        needed = memory = 0
        shape = _shape(config.backbone) if trainer.processes > 1 and device.device.type == "cuda" else None
        if shape is not None:
            needed = _needed(config, shape)
            memory = torch.cuda.get_device_properties(device.device).total_memory
        strategy, reason = pick_strategy(trainer, needed=needed, memory=memory)
        config = replace(config, trainer=replace(trainer, strategy=strategy))
    return config, choices_of(requested, config.trainer, device.device.type, reason)


def log_beginning(context: RunContext) -> None:
    """Log run folder and device, and what ``auto`` has chosen."""
    device = context.device_settings
    logger.info("run folder: %s", context.run_folder)
    logger.info("device: %s, %s threads, %s", device.device.type, torch.get_num_threads(), device.precision)
    if context.choices:
        logger.info("chosen for this machine: %s", ", ".join(context.choices))


def pick_strategy(trainer: TrainerConfig, *, needed: int = 0, memory: int = 0) -> tuple[str, str]:
    """Name of a strategy and the reason for it.

    Args:
        trainer: Settings of the machine, ``devices`` and ``precision`` resolved.
        needed: Bytes that a device holds of weights, gradients and optimiser under ddp; 0: unknown, or few.
        memory: Bytes of a device; 0: unknown.

    Example:
        >>> settings = TrainerConfig(devices=4, accelerator="gpu", precision="bf16-mixed")
        >>> pick_strategy(settings, needed=60 * 2**30, memory=40 * 2**30)[0]
        'fsdp2'
    """
    if trainer.processes == 1:
        return SINGLE, "one device"
    if not needed or not memory:
        return DDP, "several devices"
    sizes = f"a device would hold {needed / _GIB:.1f} GiB of weights and optimiser by estimate, and"
    if needed * _GAPS + _BESIDE <= memory:
        return DDP, f"{sizes} has {memory / _GIB:.1f}"
    if trainer.precision == "16-mixed":
        return DDP, f"{sizes} has only {memory / _GIB:.1f}, but fsdp2 knows no 16-mixed"
    return FSDP2, f"{sizes} has only {memory / _GIB:.1f}"


def choices_of(requested: TrainerConfig, chosen: TrainerConfig, kind: str, reason: str) -> list[str]:
    """What ``auto`` has chosen, and why; none if nothing was left to it.

    Args:
        requested: Settings as they were written.
        chosen: Settings that a cell runs with.
        kind: Kind of device, such as ``cuda``.
        reason: Reason for the strategy.
    """
    of_device = {"cpu": "no GPU that torch can use", "cuda": "a GPU that torch can use"}
    texts = {
        AUTO: {
            "accelerator": (kind, of_device.get(kind, "what torch can use")),
            "devices": (
                chosen.devices,
                "one process with all threads is faster" if kind == "cpu" else "all of this machine",
            ),
            "precision": (chosen.precision, _WHY_PRECISION.get(chosen.precision, "")),
            "strategy": (chosen.strategy, reason),
            "micro_batch": (
                ("null", "nothing is tried under fsdp2; set a number if memory runs out")
                if chosen.strategy == FSDP2
                else ("what fits", "tried before each phase")
            ),
        },
        None: {"eval_tokens": (f"{chosen.eval_tokens:,}", f"suits a {kind} device")},
    }
    return [
        f"{name} {value} ({why})"
        for word, settings in texts.items()
        for name, (value, why) in settings.items()
        if getattr(requested, name) == word
    ]


_WHY_PRECISION = {
    "bf16-mixed": "the device computes in bfloat16",
    "16-mixed": "a GPU without bfloat16",
    "32-true": "without bfloat16 of its own the device would only emulate it",
}


def _shape(backbone: BackboneConfig) -> EncoderShape | None:
    if backbone.source != "hub" or backbone.path is None:
        return None  # small enough for any device
    config = hub_config(backbone.path, revision=backbone.revision)
    names = ("num_hidden_layers", "hidden_size", "intermediate_size", "vocab_size", "max_position_embeddings")
    sizes = [getattr(config, name, None) for name in names]
    if not all(isinstance(size, int) for size in sizes):
        return None
    layers, hidden, inner, vocabulary, positions = (int(size or 0) for size in sizes)
    return EncoderShape(layers=layers, hidden=hidden, inner=inner, vocabulary=vocabulary, positions=positions)


def _needed(config: TrainConfig, shape: EncoderShape) -> int:
    """Bytes of weights, gradients and optimiser that a device holds under ddp, in the phase with most."""
    sizes = [0]
    for task in (config.intermediate, config.target):
        if task is None or not task.recipe.epochs:
            continue
        kinds = [task_type(part.task_type) for part in parts_of(task).values()]
        reads_all = any(kind.trains_whole_table for kind in kinds)
        rows = None if reads_all or not config.trainer.active_vocabulary else min(_ROWS, shape.vocabulary)
        # Other tunings have a gradient and a state for a few weights alone.
        all_train = task.tuning.name == "full"
        state = state_bytes(shape, rows=rows, several=True)
        sizes.append(state if all_train else BYTES_OF_A_WEIGHT * shape.weights(rows))
    return max(sizes)
