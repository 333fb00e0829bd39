"""A module and batches in, predictions out: each batch once, without gradients."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from lightning.fabric.utilities import move_data_to_device
from torch.utils.data import DataLoader

from xtl.models.kernels import is_all_flat, use_kernels, weights_kept
from xtl.models.kernels.core_threads import available_threads, each_of
from xtl.modules.base import XtlModule
from xtl.schemas.trainer import TF32, XTL_KERNELS

_HALF = {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}

_BATCHES_OF_THREAD = 4
"""Batches that each thread computes at least: at the end some wait for the last."""


def predict(
    module: XtlModule,
    loader: DataLoader[Any],
    *,
    device: torch.device,
    precision: str,
    kernels: str = XTL_KERNELS,
) -> Iterable[tuple[Any, int]]:
    """Run ``module.predict_step`` over ``loader``.

    In mixed precision on a CPU up to eight batches of an encoder of :mod:`xtl.models.kernels` are computed at
    once, each in a thread of its own: see :attr:`XtlModule.predicts_in_threads`.

    Args:
        module: Is moved to ``device``, put into eval mode and left there, with its kernels.
        loader: Batches with ``num_tokens``.
        device: Where to run.
        precision: ``bf16-mixed``, ``16-mixed``, ``32-true`` or ``tf32``, as for training.
        kernels: ``xtl``, which counts on a CPU in mixed precision, or ``torch``.

    Yields:
        The predictions of each batch, and its number of tokens, in the order of the batches.
    """
    module.to(device).eval()
    use_kernels(module, fast=kernels == XTL_KERNELS)

    def compute(batch: Any) -> Any:  # noqa: ANN401  as its module reads and predicts
        with torch.inference_mode(), autocast(device, precision):
            return module.predict_step(move_data_to_device(batch, device))

    num_threads = _num_threads(module, loader, device, precision)
    with weights_kept(module):
        for batch, predictions in each_of(compute, loader, num_threads=num_threads, ahead=num_threads):
            yield predictions, batch["num_tokens"]


def _num_threads(module: XtlModule, loader: DataLoader[Any], device: torch.device, precision: str) -> int:
    """Number of threads that compute batches: more than one for xtl's own blocks on a CPU alone."""
    with torch.inference_mode(), autocast(device, precision):
        if not module.predicts_in_threads or not is_all_flat(module):
            return 1
    try:
        num_batches = len(loader)
    except TypeError:  # of a data set that is read as it comes
        return 1
    return available_threads(num_batches // _BATCHES_OF_THREAD)


def autocast(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """Compute in the precision that training computes in."""
    if precision not in _HALF:
        return float32_products(precision)
    # float16 has no fast path on a CPU, and a model that was trained in it is no worse in bfloat16.
    dtype = torch.bfloat16 if device.type == "cpu" else _HALF.get(precision)
    return torch.autocast(device.type, dtype=dtype)


@contextmanager
def float32_products(precision: str) -> Iterator[None]:
    """Multiply matrices of 32 bits in TensorFloat-32 under ``tf32``, exactly under every other precision.

    What the process had before comes back after the block.
    """
    try:
        # By this name: Lightning asks for it on GPUs, and torch refuses to say after the newer one was used.
        before = torch.get_float32_matmul_precision()
    except RuntimeError:  # the newer one was used, by whoever runs this process and wants it so
        yield
        return
    torch.set_float32_matmul_precision("high" if precision == TF32 else "highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
