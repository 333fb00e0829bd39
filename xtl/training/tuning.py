"""The tuning of a phase: from its config to what :mod:`xtl.models.tuning` takes, and what is told of it."""

from collections.abc import Mapping, Sequence

from torch import nn

from xtl.models import HFBackbone, Tuning, count_weights
from xtl.progress import say
from xtl.schemas.recipe import TuningConfig
from xtl.schemas.task import TaskConfig

_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "full": (),
    "freeze_n": ("layers",),
    "bitfit": (),
    "layernorm": (),
    "lora": ("rank", "alpha", "dropout", "targets"),
    "adapter": ("units",),
}
"""What each tuning reads of the config; the first one stands in its name."""


def tuning_of(task: TaskConfig) -> Tuning:
    """Make plain values of the config of a phase."""
    tuning = task.tuning
    return Tuning(
        name=tuning.name,
        layers=tuning.layers,
        rank=tuning.rank,
        alpha=tuning.alpha,
        dropout=tuning.dropout,
        targets=tuple(tuning.targets),
        units=tuning.units,
    )


def deciding_settings(tuning: TuningConfig) -> dict[str, object]:
    """List what decides the weights that are trained; nothing for ``full``."""
    if tuning.name == "full":
        return {}
    return {"name": tuning.name, **{key: getattr(tuning, key) for key in _SETTINGS[tuning.name]}}


def name_of(tasks: Sequence[TaskConfig]) -> str:
    """Name the tuning of a chain, as results do.

    Args:
        tasks: Of its phases; those that never train have no say, those without rows do: a baseline stands
            beside the cells that it is compared with.

    Returns:
        Such as ``full``, ``lora:8`` or, where phases differ, ``bitfit>full``.
    """
    names = [_name(task.tuning) for task in tasks if task.recipe.epochs]
    names = names or [_name(tasks[-1].tuning)]  # nothing trains: beside the cells of the same command
    return names[0] if len(set(names)) == 1 else ">".join(names)


def say_what_is_trained(place: str, backbone: HFBackbone, head: nn.Module) -> None:
    """Tell the numbers of trained weights of encoder and head, of all weights, and the share."""
    counts = count_weights(backbone, head)
    say(
        f"{place}: training {counts.encoder:,} weights of the encoder and {counts.head:,} of the head, "
        f"{counts.share:.2%} of {counts.total:,}"
    )


def _name(tuning: TuningConfig) -> str:
    first = _SETTINGS[tuning.name][:1]
    return ":".join([tuning.name, *(str(getattr(tuning, key)) for key in first)])
