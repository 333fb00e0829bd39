"""A checkpoint that a fit may go on from: whole, unchanged, and of this fit's weights."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import torch
from torch import nn

from xtl.errors import CheckpointError, first_line, unreadable

logger = logging.getLogger(__name__)


def _no_faults(content: Mapping[str, Any]) -> Sequence[str]:  # noqa: ARG001  of a checkpoint alone
    return ()


def usable_checkpoint(
    path: Path,
    module: nn.Module | None = None,
    *,
    faults: Callable[[Mapping[str, Any]], Sequence[str]] = _no_faults,
) -> Path | None:
    """Give ``path`` if there is a checkpoint that can be read; a damaged one is set aside as ``.damaged``.

    Args:
        path: File of the checkpoint.
        module: Module that it is for; ``None``: any.
        faults: Function of what it holds that says what is wrong with other files that it needs.

    Raises:
        CheckpointError: if it cannot be read for a reason that may pass: it may be whole, and hold hours; or
            if it holds weights of another shape than the module.
    """
    try:
        _check_records(path)
        content = torch.load(path, weights_only=True, map_location="meta")
        if wrong := faults(content):
            raise ValueError(", ".join(wrong))
    except FileNotFoundError:
        return None
    except (OSError, MemoryError) as error:
        raise unreadable(path, error) from error
    except Exception as error:
        if "memory" in str(error):  # torch's own allocator raises RuntimeError
            raise unreadable(path, MemoryError()) from error
        aside = path.with_name(f"{path.name}.damaged")
        path.replace(aside)
        logger.warning(
            "%s is damaged (%s); set aside as %s, training begins again", path, first_line(error), aside
        )
        return None
    if module is not None:
        _check_shapes(path, content, module)
    return path


def _check_records(path: Path) -> None:
    """Read every byte, and hold each record against its checksum, which torch writes and does not look at.

    Raises:
        ValueError: if one is not what was written.
    """
    with path.open("rb") as file, ZipFile(file) as records:
        damaged = records.testzip()
    if damaged is not None:
        raise ValueError(f"{damaged} in it is not what was written")


def _check_shapes(path: Path, content: Mapping[str, Any], module: nn.Module) -> None:
    shapes = {name: tuple(weight.shape) for name, weight in module.state_dict().items()}
    for name, weight in content["state_dict"].items():
        shape = tuple(weight.shape)
        if shapes.get(name, shape) != shape:
            raise CheckpointError(
                f"{path}: expected weights as this run trains them ({name}: {shapes[name]}), got "
                f"{shape}: it was written with other settings, such as another trainer.active_vocabulary; "
                "run again with those, or remove the file to begin this phase again"
            )
