"""A module and batches in, predictions out: each batch once, without gradients."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from lightning.fabric.utilities import move_data_to_device
from torch.utils.data import DataLoader

from xtl.modules.base import XtlModule

_HALF = {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}


def predict(
    module: XtlModule, loader: DataLoader[Any], *, device: torch.device, precision: str
) -> Iterable[tuple[Any, int]]:
    """Run ``module.predict_step`` over ``loader``.

    Args:
        module: Is moved to ``device``, put into eval mode and left there.
        loader: Batches with ``num_tokens``.
        device: Where to run.
        precision: ``bf16-mixed``, ``16-mixed`` or ``32-true``, as for training.

    Yields:
        The predictions of each batch, and its number of tokens.
    """
    module.to(device).eval()
    for batch in loader:
        with torch.inference_mode(), autocast(device, precision):
            yield module.predict_step(move_data_to_device(batch, device)), batch["num_tokens"]


def autocast(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """Compute in the precision that training computes in."""
    # float16 has no fast path on a CPU; Lightning trains in bfloat16 there under the same name.
    dtype = torch.bfloat16 if device.type == "cpu" else _HALF.get(precision)
    return nullcontext() if precision not in _HALF else torch.autocast(device.type, dtype=dtype)
