"""Training passes of an encoder as CUDA graphs, one for each shape of batch.

Forward and backward of an encoder are thousands of kernels, each of which a GPU computes faster than Python
launches it; as a graph they are launched at once. What a graph reads and writes lies at fixed addresses, so
batches are copied in, states are read where it leaves them, and gradients are added to tensors that stay.
"""

import logging
import weakref
from collections.abc import Callable
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from xtl.errors import first_line
from xtl.models.kernels.cuda.graphed_pass import CudaRecorder, Gradients

logger = logging.getLogger(__name__)

Compute = Callable[[Tensor, Tensor], Tensor]
"""``(B, S)`` ids and mask to ``(B, S, H)`` states."""

_MULTIPLE = 8
"""Inputs are padded to lengths that are multiples of it: few shapes, and such as matrix units like."""

_MOST_SHAPES = 128

RECORDED = frozenset(
    {
        "bert", "camembert", "deberta-v2", "distilbert", "electra", "ernie", "modernbert", "roberta",
        "xlm-roberta", "xlm-roberta-xl",
    }
)  # fmt: skip
"""Kinds of encoders (``config.model_type``) whose passes were recorded on a GPU. A pass that waits for the
GPU or copies from the CPU, as those of RemBERT, MPNet and XLM, cannot be."""


class TrainingPass(Protocol):
    """Forward and backward pass of one shape of batch."""

    def forward(self, ids_BS: Tensor, mask_BS: Tensor) -> Tensor:
        """States of a batch, which the next forward pass overwrites."""

    def backward(self, grad_BSH: Tensor) -> None:
        """Add the gradients of the weights, from that of the states."""


class _OpenPass:
    """A pass whose gradients have not been asked for; gone with the graph of autograd that would ask."""

    is_open = True


class _Replayed(torch.autograd.Function):
    """States of a recorded pass, and the recorded way back."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401
        weight: Tensor,  # noqa: ARG004
        states_BSH: Tensor,
        training_pass: TrainingPass,
        opened: _OpenPass,
    ) -> Tensor:
        ctx.training_pass, ctx.opened = training_pass, opened
        return states_BSH.detach()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, ...]:  # noqa: ANN401
        ctx.training_pass.backward(grads[0])
        ctx.opened.is_open = False
        return None, None, None, None


class _Reading(nn.Module):
    """An encoder, and how its states are read."""

    def __init__(self, encoder: nn.Module, compute: Compute) -> None:
        super().__init__()
        self.encoder, self.compute = encoder, compute

    def forward(self, ids_BS: Tensor, mask_BS: Tensor) -> Tensor:
        """``(B, S)`` ids and mask to ``(B, S, H)`` states."""
        states_BSH: Tensor = self.compute(ids_BS, mask_BS)
        return states_BSH


class GraphedEncoder:
    """The training passes of an encoder, recorded at the second batch of a shape and replayed from then on.

    A pass that begins before the gradients of another were asked for is computed as without graphs. So is
    everything once a recording has failed, there is too little memory, or the weights were moved.
    """

    def __init__(
        self,
        encoder: nn.Module,
        compute: Compute,
        *,
        longest: int | None = None,
        records: bool = True,
        record: Callable[[nn.Module, Tensor, Tensor, Gradients], TrainingPass] | None = None,
    ) -> None:
        """Nothing recorded yet.

        Args:
            encoder: Encoder, whose weights stay where they are while this is used.
            compute: Pass of it.
            longest: Most tokens that it has positions for; ``None``: any number.
            records: Whether passes are recorded; else they are padded as if they were.
            record: What records a pass; ``None``: CUDA graphs.
        """
        self._reading, self._longest = _Reading(encoder, compute), longest
        self._record = record or CudaRecorder()
        self._passes: dict[tuple[object, ...], TrainingPass] = {}
        self._seen: set[tuple[object, ...]] = set()
        self._gradients: Gradients | None = None
        self._read: list[Tensor] = []
        self._addresses: list[int] = []
        self._opened: weakref.ref[_OpenPass] | None = None
        self._is_off = not records
        self._largest = 0
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()  # what a fit before took says nothing of this one

    def __call__(self, ids_BS: Tensor, mask_BS: Tensor) -> Tensor:
        """``(B, S)`` ids and mask to ``(B, S, H)`` states."""
        length = ids_BS.shape[1]
        ids_BS, mask_BS, is_masked = self._padded(ids_BS, mask_BS)
        training_pass = self._pass_for(ids_BS, mask_BS, is_masked=is_masked)
        if training_pass is None:
            computed: Tensor = self._reading(ids_BS, mask_BS)
            return computed[:, :length]
        opened = _OpenPass()
        self._opened = weakref.ref(opened)
        states_BSH = training_pass.forward(ids_BS, mask_BS)
        anchor = next(iter(self._gradients.of))  # type: ignore[union-attr]  # there with the first pass
        replayed: Tensor = _Replayed.apply(anchor, states_BSH, training_pass, opened)  # type: ignore[no-untyped-call]
        return replayed[:, :length]

    def _padded(self, ids_BS: Tensor, mask_BS: Tensor) -> tuple[Tensor, Tensor, bool]:
        """Ids and mask of a length that many batches have, and whether the mask hides anything.

        A batch is padded whether it is replayed or not, so that dropout draws the same in a fit that goes on;
        and where it has no padding, without which an encoder leaves the mask out unless it is recorded.
        """
        length = ids_BS.shape[1]
        to_multiple = -length % _MULTIPLE
        missing = to_multiple or _MULTIPLE
        has_room = self._longest is None or length + missing <= self._longest
        # A GPU is asked only where the answer counts.
        is_full = not (to_multiple and has_room) and bool(mask_BS.all())
        if not has_room or not (to_multiple or is_full):
            return ids_BS, mask_BS, not is_full
        # With a token that is sure to be in the table; the mask hides it.
        ids_BS = torch.cat([ids_BS, ids_BS[:, :1].expand(-1, missing)], dim=1)
        return ids_BS, F.pad(mask_BS, (0, missing)), True

    def _pass_for(self, ids_BS: Tensor, mask_BS: Tensor, *, is_masked: bool) -> TrainingPass | None:
        """Recorded pass of a batch's shape; ``None``: it is to be computed, as is what has no mask."""
        if self._is_off or self._has_open_pass():
            return None
        device = ids_BS.device.type
        shape = (*ids_BS.shape, torch.is_autocast_enabled(device), torch.get_autocast_dtype(device))
        if not is_masked or shape not in self._seen:
            if is_masked:
                self._seen.add(shape)  # computed once, which also has libraries choose their kernels
            self._make_room_for(ids_BS)
            return None
        if self._passes and [tensor.data_ptr() for tensor in self._read] != self._addresses:
            self._end("the weights were moved")
        elif shape not in self._passes and len(self._passes) < _MOST_SHAPES:
            self._add(shape, ids_BS, mask_BS)
        return self._passes.get(shape)

    def _make_room_for(self, ids_BS: Tensor) -> None:
        """Give up the graphs where little memory is left for the largest batch so far."""
        if self._passes and ids_BS.numel() > self._largest and not _has_memory(ids_BS.device):
            self._end("the memory is needed for a batch that is larger than those before")
        self._largest = max(self._largest, ids_BS.numel())

    def _end(self, reason: str) -> None:
        """Record and replay nothing more."""
        self._is_off = True
        self._passes.clear()
        self._gradients = None
        logger.warning("training goes on without CUDA graphs: %s", reason)

    def _has_open_pass(self) -> bool:
        opened = None if self._opened is None else self._opened()
        return opened is not None and opened.is_open

    def _add(self, shape: tuple[object, ...], ids_BS: Tensor, mask_BS: Tensor) -> None:
        """Record a pass, if there is a trained weight."""
        if not _has_memory(ids_BS.device):
            self._end("too little memory is left to record them")
            return
        try:
            if self._gradients is None:
                self._gradients = Gradients(self._reading)
                self._read = [*self._reading.parameters(), *self._reading.buffers()]
                self._addresses = [tensor.data_ptr() for tensor in self._read]
            if self._gradients.of:
                self._passes[shape] = self._record(self._reading, ids_BS, mask_BS, self._gradients)
        except Exception as error:
            self._end(first_line(_first_of(error)))


def _first_of(error: BaseException) -> BaseException:
    """The error that others followed, such as that of a recording which cannot end after it."""
    while error.__context__ is not None:
        error = error.__context__
    return error


def _has_memory(device: torch.device) -> bool:
    """Whether a GPU has as much left as anything so far took: a graph takes at most that.

    What torch keeps for later is given back first, since a recording can have none of it.
    """
    if device.type != "cuda":
        return True
    torch.cuda.empty_cache()
    free, _ = torch.cuda.mem_get_info(device)
    return free > torch.cuda.max_memory_allocated(device)
