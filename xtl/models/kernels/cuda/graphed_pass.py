"""The training pass of one shape of batch as two CUDA graphs, one there and one back."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


class Gradients:
    """Gradients of the trained weights of a module, at addresses that stay.

    Attributes:
        of: Gradient of each weight.
        names: Name of each weight in the module.
    """

    def __init__(self, module: nn.Module) -> None:
        """Make one for each trained weight."""
        trained = {weight: name for name, weight in module.named_parameters() if weight.requires_grad}
        self.of = {weight: torch.zeros_like(weight) for weight in trained}
        self.names = trained

    def put_in_place(self, weights: Sequence[nn.Parameter]) -> None:
        """Have weights keep their gradients here: those they have, zeros where they have none.

        Args:
            weights: Weights to which gradients will be added.
        """
        new = []
        for weight in weights:
            gradient = self.of[weight]
            if weight.grad is gradient:
                continue
            if weight.grad is None:
                new.append(gradient)
            else:
                gradient.copy_(weight.grad)
            weight.grad = gradient
        if new:
            torch._foreach_zero_(new)


class GraphedPass:
    """A training pass recorded as two CUDA graphs."""

    def __init__(
        self,
        reading: nn.Module,
        ids_BS: Tensor,
        mask_BS: Tensor,
        gradients: Gradients,
        *,
        pool: Any,  # noqa: ANN401  torch's handle
        stream: torch.cuda.Stream,
    ) -> None:
        """Record it; nothing is computed yet.

        Args:
            reading: ``(B, S)`` ids and mask to states; it must have read this shape before.
            ids_BS: Ids of a batch.
            mask_BS: Mask of it.
            gradients: Gradients of all trained weights.
            pool: Memory that graphs share, of which no two are between forward and backward at a time.
            stream: Stream to record on, the same for all that share memory.
        """
        self._ids, self._mask = ids_BS.clone(), mask_BS.clone()
        self._forward, self._backward = torch.cuda.CUDAGraph(), torch.cuda.CUDAGraph()
        # The weights under other names: autograd would have the recording wait for the stream that they
        # themselves were used on.
        leaves = {name: weight.detach().requires_grad_() for weight, name in gradients.names.items()}
        # Casts of weights that were made before, outside of the graph, would be read at each replay.
        with (
            _recorded(self._forward, pool, stream),
            torch.autocast(
                "cuda",
                dtype=torch.get_autocast_dtype("cuda"),
                enabled=torch.is_autocast_enabled("cuda"),
                cache_enabled=False,
            ),
        ):
            states = states_with(leaves, reading, self._ids, self._mask)
        self._grad = torch.zeros_like(states)
        with _recorded(self._backward, pool, stream), torch.autocast("cuda", enabled=False):
            grads = torch.autograd.grad(states, list(leaves.values()), self._grad, allow_unused=True)
            # torch's annotation leaves out that weights which are not read have none.
            grad_of: dict[nn.Parameter, Tensor | None] = dict(zip(gradients.of, grads, strict=True))
            read = [(weight, grad) for weight, grad in grad_of.items() if grad is not None]
            torch._foreach_add_([gradients.of[weight] for weight, _ in read], [grad for _, grad in read])
        self._states = states.detach()
        self._weights = [weight for weight, _ in read]
        self._gradients = gradients

    def forward(self, ids_BS: Tensor, mask_BS: Tensor) -> Tensor:
        """States of a batch of this shape."""
        self._ids.copy_(ids_BS)
        self._mask.copy_(mask_BS)
        self._forward.replay()
        return self._states

    def backward(self, grad_BSH: Tensor) -> None:
        """Add the gradients of the weights."""
        self._gradients.put_in_place(self._weights)
        self._grad.copy_(grad_BSH)
        self._backward.replay()


def states_with(weights: Mapping[str, Tensor], reading: nn.Module, ids_BS: Tensor, mask_BS: Tensor) -> Tensor:
    """States of an encoder that has other weights meanwhile.

    Args:
        weights: Weights by name; it keeps its others.
        reading: ``(B, S)`` ids and mask to states.
        ids_BS: Ids of a batch.
        mask_BS: Mask of it.
    """
    states_BSH: Tensor = torch.func.functional_call(reading, dict(weights), (ids_BS, mask_BS))
    return states_BSH


_FAILED: list[torch.cuda.CUDAGraph] = []
"""Graphs whose recording could not be ended: torch's allocator may still ask them, so they are kept."""


@contextmanager
def _recorded(graph: torch.cuda.CUDAGraph, pool: Any, stream: torch.cuda.Stream) -> Iterator[None]:  # noqa: ANN401
    """Record what is launched in the block, in place of computing it."""
    torch.cuda.synchronize()
    with torch.cuda.stream(stream):
        # Of this thread alone: others may allocate pinned memory meanwhile.
        graph.capture_begin(pool=pool, capture_error_mode="thread_local")
        try:
            yield
        finally:
            try:
                graph.capture_end()
            except RuntimeError:
                _FAILED.append(graph)
                raise


class CudaRecorder:
    """Records passes that share memory."""

    def __init__(self) -> None:
        self._pool: Any = None
        self._stream: torch.cuda.Stream | None = None

    def __call__(
        self, reading: nn.Module, ids_BS: Tensor, mask_BS: Tensor, gradients: Gradients
    ) -> GraphedPass:
        """Record a pass; the random state stays as it was, also where that fails."""
        if self._stream is None:
            self._pool, self._stream = torch.cuda.graph_pool_handle(), torch.cuda.Stream()  # type: ignore[no-untyped-call]
        # The generator cannot be asked meanwhile, and would refuse to draw after a recording that failed.
        generator = torch.cuda.default_generators[torch.cuda.current_device()]
        state = generator.get_state()
        try:
            return GraphedPass(reading, ids_BS, mask_BS, gradients, pool=self._pool, stream=self._stream)
        except Exception:
            generator.graphsafe_set_state(torch.Generator("cuda").graphsafe_get_state())
            generator.set_state(state)
            raise
