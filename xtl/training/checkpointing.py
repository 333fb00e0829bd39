"""Going on after a kill: the state of a fit, written whole every so often, with the place in the data."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import torch
from lightning import Callback, LightningModule, Trainer

from xtl.atomic import atomic_write
from xtl.distributed.group import ALONE, ProcessGroup
from xtl.errors import NonFiniteLossError
from xtl.models.shards import own_part
from xtl.modules.base import XtlModule
from xtl.stops import Stopped, handle_again, take_stop

logger = logging.getLogger(__name__)

FILE_NAME = "checkpoint.pt"

_NOTHING, _CHECKPOINT = 0, -1
"""What is due before a batch; other numbers are those of signals."""


class Skipping(Protocol):
    """A batch sampler that can leave out the first batches of the next epoch it gives."""

    def skip(self, batches: int) -> None:
        """Leave out that many."""


class Checkpointer(Callback):
    """Writes a checkpoint before a batch is read, when enough time has passed since the last one.

    It also writes one when a signal has asked the process to end, and stops training then.

    Before a batch, all counts of the trainer agree. Lightning restores weights, optimiser, schedule, counts
    and the state of callbacks, but not the place in the data (it would serve the first batches of the epoch
    again) nor the random state; both are kept here, the latter from before the batch's first number is drawn.
    """

    def __init__(
        self,
        path: Path,
        *,
        every_seconds: float,
        sampler: Skipping,
        before_write: Callable[[], None] = lambda: None,
        after_write: Callable[[], None] = lambda: None,
        group: ProcessGroup = ALONE,
    ) -> None:
        """Plan checkpoints.

        Args:
            path: File to write.
            every_seconds: Least time between two of them.
            sampler: Sampler of the training batches.
            before_write: Function called when one is about to be written.
            after_write: Function called when one has been written.
            group: Processes that train together: the main one writes, when its clock says so.
        """
        self._path = path
        self._every_seconds = every_seconds
        self._sampler = sampler
        self._before_write = before_write
        self._after_write = after_write
        self._group = group
        self._random_of_ranks: list[dict[str, Any]] = []
        self._last = time.monotonic()
        self._batch_idx = 0
        self._restored: dict[str, Any] = {}  # random state to put back
        self._random: dict[str, Any] = {}  # random state from before the batch at hand
        self._goes_on = False

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:  # noqa: ARG002
        """Handle signals as before, Lightning has set its own; be told when a batch is prepared."""
        handle_again()
        assert isinstance(pl_module, XtlModule)  # noqa: S101  see fit()
        pl_module.before_drawing = self._begin_batch  # Lightning calls callbacks after that

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:  # noqa: ARG002
        """Be told no more."""
        del pl_module.before_drawing

    def on_train_batch_start(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        batch: Any,  # noqa: ANN401, ARG002
        batch_idx: int,
    ) -> None:
        """Put the random state back after a restart; write a checkpoint if it is time.

        Raises:
            NonFiniteLossError: if a checkpoint would hold the weights that came out of such a loss.
            Stopped: if a signal asked for that.
        """
        due = self._group.decided_by_main(self._what_is_due)
        if not self._random:  # nothing was prepared
            self._begin_batch()
        if not self._goes_on and trainer.global_step and due != _NOTHING:
            _check_last_loss(pl_module, due)
            if all(self._group.gathered(_is_finite(pl_module))):  # or the next loss says what happened
                self._batch_idx = batch_idx
                self._write(trainer)
            self._last = time.monotonic()
        self._random = {}
        if due > 0:
            raise Stopped(due)

    def state_dict(self) -> dict[str, Any]:
        """Place in the data, and random state."""
        if not self._group.is_alone:
            return {"batch_idx": self._batch_idx, "random_of_ranks": self._random_of_ranks}
        return {"batch_idx": self._batch_idx, "random": self._random or _random_state()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go to the place in the data; the random state waits for the first batch."""
        self._sampler.skip(state_dict["batch_idx"])
        alone = self._group.is_alone
        self._restored = state_dict["random"] if alone else state_dict["random_of_ranks"][self._group.rank]

    def _begin_batch(self) -> None:
        """Before anything of a batch is drawn: put the random state back after a restart, and note it."""
        self._goes_on = bool(self._restored)
        if self._restored:
            _set_random_state(self._restored)
            self._restored = {}
        self._random = _random_state()

    def _what_is_due(self) -> int:
        """``_CHECKPOINT``, ``_NOTHING``, or the number of the signal that stops training."""
        stop = take_stop()
        if stop is not None:
            return stop.signum
        return _CHECKPOINT if time.monotonic() - self._last >= self._every_seconds else _NOTHING

    def _write(self, trainer: Trainer) -> None:
        if not self._group.is_alone:
            self._random_of_ranks = self._group.gathered(self._random)
        if not self._group.is_main:
            trainer.save_checkpoint(self._path)  # where the others wait; the main process alone writes
            return
        self._before_write()
        with atomic_write(self._path) as temporary:
            trainer.save_checkpoint(temporary)
        self._after_write()


def _check_last_loss(module: LightningModule, due: int) -> None:
    """Let no weights that came out of a bad update be written; a signal ends the fit all the same."""
    assert isinstance(module, XtlModule)  # noqa: S101  see fit()
    try:
        module.check_last_loss()  # of the whole update, so that all processes raise together
    except NonFiniteLossError:
        if due > 0:  # what catches the error would go on, in 32 bits
            raise Stopped(due) from None
        raise


def _is_finite(module: LightningModule) -> bool:
    """Whether this process's weights are numbers: a finite loss can have gradients that are none."""
    trained = (weight.detach() for weight in module.parameters() if weight.requires_grad)
    return all(bool(torch.isfinite(own_part(weight).sum())) for weight in trained)  # a sum takes no memory


def _random_state() -> dict[str, Any]:
    state: dict[str, Any] = {"cpu": torch.get_rng_state()}
    if _trains_on_gpu():  # asking other GPUs would take memory on each of them
        state["current"] = torch.cuda.get_rng_state()
    return state


def _set_random_state(state: dict[str, Any]) -> None:
    torch.set_rng_state(state["cpu"].cpu())
    if _trains_on_gpu():
        # Older files have the states of all GPUs that were visible; a process alone trains on the first one.
        current = state.get("current", next(iter(state.get("cuda", [])), None))
        if current is not None:
            torch.cuda.set_rng_state(current.cpu())


def _trains_on_gpu() -> bool:
    # A GPU that a fit on the CPU leaves alone is not initialised.
    return bool(torch.cuda.is_initialized())  # type: ignore[no-untyped-call]
