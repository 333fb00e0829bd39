"""The feed-forward part of the blocks of BERT-like encoders made wider, or as wide as saved weights are.

A bottleneck adapter beside a feed-forward part (the parallel adapter of He et al. 2022, arXiv 2110.04366) is
``up(act(down(x)))``, added to ``out(act(in(x)))``. With the activation of the block itself that is one
feed-forward part with more inner units: the adapter can be folded into the block exactly, and what is left
is an ordinary encoder whose ``intermediate_size`` is larger.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from xtl.errors import BackboneError
from xtl.models.backbone import HFBackbone

_STD = 0.02
"""Standard deviation of new weights, as of XLM-R's own."""


class Block(NamedTuple):
    """Where the two linear layers of a feed-forward part stand, and the name of the first one's weight."""

    inner: nn.Module
    outer: nn.Module
    weight_name: str


class WiderIn(nn.Module):
    """A frozen first layer of I units with U new ones beside it."""

    def __init__(self, frozen: nn.Linear, units: int) -> None:
        super().__init__()
        self.frozen = frozen
        self.down = nn.Linear(frozen.in_features, units, device=frozen.weight.device)
        nn.init.normal_(self.down.weight, std=_STD)
        nn.init.zeros_(self.down.bias)

    def forward(self, states: Tensor) -> Tensor:
        """``(..., H)`` to ``(..., I + U)``."""
        return torch.cat([self.frozen(states), self.down(states)], dim=-1)

    def folded(self) -> nn.Linear:
        """Make one layer of both."""
        return _linear(
            torch.cat([self.frozen.weight, self.down.weight]), torch.cat([self.frozen.bias, self.down.bias])
        )


class WiderOut(nn.Module):
    """A frozen second layer of I inputs with U new ones, whose weights are zero at first."""

    def __init__(self, frozen: nn.Linear, units: int) -> None:
        super().__init__()
        self.frozen = frozen
        self.up = nn.Linear(units, frozen.out_features, device=frozen.weight.device)
        # Zero, so that training begins at exactly what the block computed before.
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, inner: Tensor) -> Tensor:
        """``(..., I + U)`` to ``(..., H)``."""
        num_frozen = self.frozen.in_features
        states: Tensor = self.frozen(inner[..., :num_frozen]) + self.up(inner[..., num_frozen:])
        return states

    def folded(self) -> nn.Linear:
        """Make one layer of both."""
        return _linear(
            torch.cat([self.frozen.weight, self.up.weight], dim=1), self.frozen.bias + self.up.bias
        )


@contextmanager
def widened(backbone: HFBackbone, units: int) -> Iterator[None]:
    """Add ``units`` new inner units to each block; after it they are folded into the encoder.

    The new weights are trainable inside the block; whether the others are is left as it is.

    Raises:
        BackboneError: if the blocks have no such feed-forward part.
    """
    blocks = _blocks(backbone)
    if len(blocks) != backbone.num_layers:
        raise BackboneError(
            f"tuning=adapter: expected {backbone.num_layers} blocks with a feed-forward part of two linear "
            f"layers (intermediate.dense and output.dense, as in BERT, XLM-R and DeBERTa), found "
            f"{len(blocks)} in {type(backbone.encoder).__name__}; use tuning=lora"
        )
    for block in blocks:
        block.inner.dense = WiderIn(_dense(block.inner), units)
        block.outer.dense = WiderOut(_dense(block.outer), units)
    try:
        yield
    finally:
        for block in blocks:
            assert isinstance(block.inner.dense, WiderIn)  # noqa: S101  put there above
            assert isinstance(block.outer.dense, WiderOut)  # noqa: S101
            block.inner.dense, block.outer.dense = block.inner.dense.folded(), block.outer.dense.folded()
        # The config is saved with the weights, and says how wide they are when they are loaded.
        backbone.encoder.config.intermediate_size += units


def inner_units(backbone: HFBackbone) -> dict[str, int]:
    """Give the number of inner units of each block, by the name of its first layer's weight.

    Args:
        backbone: Encoder; one without such blocks has none.
    """
    return {block.weight_name: _dense(block.inner).out_features for block in _blocks(backbone)}


def set_inner_units(backbone: HFBackbone, units: Mapping[str, int]) -> None:
    """Make blocks as wide as :func:`inner_units` said; weights of blocks that change must be set next.

    Args:
        backbone: Encoder, which is changed.
        units: Number of inner units by the name of a block's first weight.
    """
    for block in _blocks(backbone):
        inner, num_units = _dense(block.inner), units.get(block.weight_name)
        if num_units is not None and num_units != inner.out_features:
            outputs, device = _dense(block.outer).out_features, inner.weight.device
            block.inner.dense = _unset(inner.in_features, num_units, device)
            block.outer.dense = _unset(num_units, outputs, device)
            backbone.encoder.config.intermediate_size = num_units


def resize_feed_forward(backbone: HFBackbone, state: Mapping[str, Tensor]) -> None:
    """Make blocks as wide as they are in the weights ``state`` of the same encoder, to be loaded next.

    Args:
        backbone: Encoder, which is changed.
        state: Weights by name.
    """
    shapes = {name: state[name].shape for name in inner_units(backbone) if name in state}
    set_inner_units(backbone, {name: shape[0] for name, shape in shapes.items()})


def _blocks(backbone: HFBackbone) -> list[Block]:
    blocks = []
    for name, module in backbone.named_modules():
        inner, outer = getattr(module, "intermediate", None), getattr(module, "output", None)
        dense = [getattr(part, "dense", None) for part in (inner, outer)]
        if all(isinstance(layer, nn.Linear) for layer in dense):
            assert isinstance(inner, nn.Module)  # noqa: S101  it has a linear layer
            assert isinstance(outer, nn.Module)  # noqa: S101
            blocks.append(Block(inner, outer, f"{name}.intermediate.dense.weight"))
    return blocks


def _dense(part: nn.Module) -> nn.Linear:
    dense = part.dense
    assert isinstance(dense, nn.Linear)  # noqa: S101  see _blocks
    return dense


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = _unset(weight.shape[1], weight.shape[0], weight.device)
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
    return layer


def _unset(inputs: int, outputs: int, device: torch.device) -> nn.Linear:
    """Make a layer whose weights are still to be set; no random number is drawn."""
    return nn.Linear(inputs, outputs, device="meta").to_empty(device=device)
