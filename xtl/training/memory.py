"""Too little memory: named with what to set, and found out before a phase begins."""

import errno
import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import torch
from lightning import Callback, LightningModule, Trainer
from lightning.fabric.utilities import move_data_to_device
from torch.utils.data import DataLoader

from xtl.data.stored import as_features, inputs_of
from xtl.errors import OutOfMemoryError, first_line
from xtl.modules.base import XtlModule
from xtl.modules.inference import autocast
from xtl.modules.updates import is_parted
from xtl.schemas.trainer import AUTO, FSDP2, TrainerConfig

_SIGNS = (
    "out of memory", "can't allocate memory", "not enough memory", "bad_alloc", "alloc_failed",
    "could not create a primitive",
)  # fmt: skip
"""What the allocators of CPUs and GPUs say, and the libraries under torch that have their own, as oneDNN."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, of the device or of this process."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in _SIGNS)


@contextmanager
def shortage_named(describe: Callable[[str], OutOfMemoryError]) -> Iterator[None]:
    """Raise one readable error where memory runs out in the block.

    Args:
        describe: Function of what the allocator said that makes the error.

    Raises:
        OutOfMemoryError: as ``describe`` makes it.
    """
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise describe(_said(error)) from error


def _said(error: BaseException) -> str:
    """First line of what an allocator says."""
    return first_line(error).rstrip(".")


def evaluation_shortage(
    where: str, setting: str, eval_tokens: int | None
) -> Callable[[str], OutOfMemoryError]:
    """Make errors of an evaluation that does not fit, for :func:`shortage_named`.

    Args:
        where: What is evaluated.
        setting: Setting of the size of its batches.
        eval_tokens: Value of the setting; ``None``: not known.
    """
    size = "batches" if eval_tokens is None else f"batches of at most {eval_tokens:,} positions"
    fewer = 512 if eval_tokens is None else max(1, eval_tokens // 2)
    return lambda said: OutOfMemoryError(
        f"{where}: expected {size} (an example that has more is a batch of its own; of several sequences, "
        f"such as the options of a question, the longest counts) to fit the memory, got: {said}; set "
        f"{setting}={fewer}"
    )


class UpdateMemoryError(OutOfMemoryError):
    """An update that does not fit; with fewer examples at once it may.

    Attributes:
        is_agreed: Whether all processes raise it together.
    """

    def __init__(self, text: str, *, is_agreed: bool = False) -> None:
        super().__init__(text)
        self.is_agreed = is_agreed


class MemoryWatch(Callback):
    """Knows what a fit computes, so that an error can say what did not fit."""

    def __init__(self, name: str, settings: TrainerConfig, *, divisible: bool, tried: bool = False) -> None:
        """Nothing computed yet.

        Args:
            name: Name of the phase.
            settings: Sizes of micro-batches and of evaluation batches.
            divisible: Whether an update may be computed a few examples at a time.
            tried: Whether the size of micro-batches was found by trying.
        """
        self._name = name
        self._settings = settings
        self._advice = partial(update_advice, settings, divisible=divisible, tried=tried)
        self._update = 0
        self._batch: Any = None
        self._has_begun = False

    def on_train_batch_start(
        self,
        trainer: Trainer,
        pl_module: LightningModule,  # noqa: ARG002  Lightning passes it
        batch: Any,  # noqa: ANN401
        batch_idx: int,  # noqa: ARG002
    ) -> None:
        """An update begins."""
        self._update, self._batch, self._has_begun = trainer.global_step + 1, batch, True

    def on_train_batch_end(self, *_: object) -> None:
        """An update has ended; what comes until the next one is an evaluation."""
        self._batch = None

    def describe(self, said: str) -> OutOfMemoryError:
        """Make the error of memory that runs out now, for :func:`shortage_named`."""
        if self._batch is not None:
            return UpdateMemoryError(self._of_update(said))
        if self._has_begun:
            where = f"{self._name}, validation after update {self._update}"
            return evaluation_shortage(where, "trainer.eval_tokens", self._settings.eval_tokens)(said)
        return OutOfMemoryError(
            f"{self._name}: expected the weights to fit the memory before the first update, got: {said}; use "
            "a smaller backbone or a device with more memory"
        )

    def _of_update(self, said: str) -> str:
        parts = self._batch["parts"] if is_parted(self._batch) else [self._batch]
        rows, width = max((_shape(part) for part in parts), key=lambda shape: shape[0] * shape[1])
        at_once = max(len(part["ids"]) for part in parts)
        self._batch = None
        return (
            f"{self._name}, update {self._update}: expected {_examples(at_once)} at once ({rows} x {width} "
            f"positions, padding included) to fit the memory, got: {said}; {self._advice(at_once)}"
        )


def update_advice(settings: TrainerConfig, at_once: int, *, divisible: bool, tried: bool = False) -> str:
    """Say what to set where an update does not fit.

    Args:
        settings: Sizes of micro-batches.
        at_once: Most examples that were computed at once.
        divisible: Whether an update may be computed a few examples at a time.
        tried: Whether their number was found by trying.
    """
    if not divisible:
        return (
            "its loss compares all examples of an update, so that no micro-batch is possible: lower "
            "target.recipe.batch_size or .max_len (in the phase before intermediate.), or use more devices"
        )
    if at_once == 1:
        return (
            "that is the least: lower target.max_len (in the phase before intermediate.max_len), or use a "
            "smaller backbone or tuning=lora"
        )
    if settings.micro_batch_tokens is not None:
        return f"set trainer.micro_batch_tokens={max(1, settings.micro_batch_tokens // 2)}"
    advice = f"set trainer.micro_batch={at_once // 2}, which keeps the update as it is"
    if tried or settings.strategy == FSDP2:  # under which nothing is tried
        return advice
    return f"{advice}, or trainer.micro_batch={AUTO}, which finds the largest that fits"


def longest_shortage(
    module: XtlModule, loader: DataLoader[Any], *, device: torch.device, precision: str, copies: int
) -> str:
    """Try whether the longest update fits the memory; weights and random state stay as they are.

    Forward and backward of its longest parts, beside as much memory as the optimiser will take.

    Args:
        module: Module to train; it is moved to the device.
        loader: Training batches.
        device: Where to run.
        precision: Precision, as for training.
        copies: How often the trained weights will be there beside the module and its gradients.

    Returns:
        What the allocator said where it does not fit; empty: it does.
    """
    parts = _longest_parts(loader)
    was_training = module.training
    try:
        with _random_state_kept(device):
            module.to(device).train()
            trained = [weight for weight in module.parameters() if weight.requires_grad]
            reserved = [torch.empty_like(weight) for weight in trained for _ in range(copies)]
            for part in parts:
                with autocast(device, precision):
                    loss = module.loss(move_data_to_device(module.prepare(part), device))
                loss.backward()  # type: ignore[no-untyped-call]
            del reserved
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        return _said(error)
    finally:
        module.zero_grad(set_to_none=True)
        module.train(was_training)
        release()
    return ""


def _random_state_kept(device: torch.device) -> AbstractContextManager[None]:
    """Random state of the CPU and of a device as before, after the block."""
    devices = {"cuda": torch.cuda.current_device, "mps": lambda: 0}.get(device.type)
    return torch.random.fork_rng(devices=[devices()] if devices else [], device_type=device.type)  # type: ignore[no-untyped-call]


def release() -> None:
    """Give back the memory of what nothing refers to any more."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _longest_parts(loader: DataLoader[Any]) -> list[Any]:
    """The last parts of an update, which are its longest, of the longest one of an epoch."""
    features: Any = loader.dataset
    lengths = as_features(features).lengths()
    assert loader.batch_sampler is not None  # noqa: S101  see xtl.tasks.loaders

    def positions(batch: list[int]) -> int:
        return len(batch) * len(inputs_of(features[batch[0]])) * max(lengths[index] for index in batch)

    longest = max(loader.batch_sampler, key=positions)
    batch = loader.collate_fn([features[index] for index in longest])
    return batch["parts"][-2:] if is_parted(batch) else [batch]


def _examples(number: int) -> str:
    return f"{number} example{'' if number == 1 else 's'}"


def _shape(batch: Mapping[str, Any]) -> tuple[int, int]:
    """Rows and columns of what the encoder reads."""
    inner = batch.get("batch", batch)  # of a mixture
    rows, width = inner["input_ids"].shape
    return rows, width
