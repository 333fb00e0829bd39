"""What training takes, by formula: memory, arithmetic, time. ``python -m xtl.distributed.estimate --help``.

An estimate, held against no measurement on a GPU: 16-bit mixed precision, AdamW, attention that keeps no
matrix of scores. Sizes are in bytes, rates in operations a second.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from rich import box

from xtl.terminal import PlainTable, plain_console

BYTES_OF_A_WEIGHT = BYTES_OF_A_GRADIENT = 4
"""32 bits each."""

BYTES_OF_A_TRAINED_WEIGHT = 4 + 4 + 8
"""32 bits each: the weight, its gradient, and AdamW's two means."""

BYTES_OF_AN_EXCHANGED_WEIGHT = 4
"""More where several devices train: the buffer in which gradients are summed up."""

BYTES_OF_A_CAST_WEIGHT = 2
"""A copy of each matrix in 16 bits, kept from the forward pass to the backward pass."""

_GIB = 2**30
_HOUR = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class EncoderShape:
    """Sizes of an encoder of BERT's kind.

    Attributes:
        layers: Number of blocks.
        hidden: Width of the states.
        inner: Width inside the feed-forward layers.
        vocabulary: Rows of the embedding table.
        positions: Rows of the table of positions.

    Example:
        >>> XLMR_BASE.block_weights, XLMR_BASE.weights()
        (85054464, 277453056)
        >>> XLMR_LARGE.block_weights, XLMR_LARGE.weights()
        (302309376, 558840832)
        >>> XLMR_XL.block_weights, XLMR_XL.weights()
        (2832353280, 3475929600)
    """

    layers: int
    hidden: int
    inner: int
    vocabulary: int
    positions: int = 514

    @property
    def block_weights(self) -> int:
        """Weights without the embeddings: four square matrices, two of the feed-forward, biases, norms."""
        hidden, inner = self.hidden, self.inner
        return self.layers * (4 * hidden * hidden + 2 * hidden * inner + 9 * hidden + inner)

    def weights(self, rows: int | None = None) -> int:
        """All weights.

        Args:
            rows: Rows of the embedding table that are held, such as those of the active vocabulary; ``None``:
                all.
        """
        rows = self.vocabulary if rows is None else rows
        # Beside words and positions: the row of the only token type, a layer norm.
        return self.block_weights + (rows + self.positions + 3) * self.hidden


XLMR_BASE = EncoderShape(layers=12, hidden=768, inner=3072, vocabulary=250_002)
XLMR_LARGE = EncoderShape(layers=24, hidden=1024, inner=4096, vocabulary=250_002)
XLMR_XL = EncoderShape(layers=36, hidden=2560, inner=10_240, vocabulary=250_880)
SHAPES = {"xlmr_base": XLMR_BASE, "xlmr_large": XLMR_LARGE, "xlmr_xl": XLMR_XL}


def flops_per_token(shape: EncoderShape, *, checkpointing: bool = False) -> int:
    """Operations that train on one token: two for each weight of a block forward, four backward.

    The products of attention are left out: of base they are a hundredth more at 33 tokens, a twelfth at 384.

    Args:
        shape: Encoder.
        checkpointing: Whether blocks are computed a second time in the backward pass.

    Example:
        >>> f"{flops_per_token(XLMR_BASE):,}"
        '510,326,784'
    """
    return (8 if checkpointing else 6) * shape.block_weights


def state_bytes(shape: EncoderShape, *, rows: int | None = None, several: bool = False) -> int:
    """Memory for weights, gradients and optimiser, whatever the batch.

    Args:
        shape: Encoder.
        rows: Rows of the embedding table that are trained; ``None``: all.
        several: Whether more than one device trains.

    Example:
        >>> [round(state_bytes(XLMR_BASE, rows=rows) / 2**30, 1) for rows in (None, 30_000)]
        [4.3, 1.8]
    """
    exchanged = BYTES_OF_AN_EXCHANGED_WEIGHT if several else 0
    trained = (BYTES_OF_A_TRAINED_WEIGHT + exchanged) * shape.weights(rows)
    return trained + BYTES_OF_A_CAST_WEIGHT * shape.block_weights


def sharded_bytes(
    shape: EncoderShape, *, devices: int, rows: int | None = None, checkpointing: bool = False
) -> int:
    """Memory of each device for weights, gradients and optimiser under fsdp2, whatever the batch.

    A device holds its part of all of them. Beside it stand, whole, weights and gradients of what is being
    computed: the embeddings, or a block and the next one, which is fetched meanwhile; and the matrices in 16
    bits, which the backward pass needs, unless blocks are computed again for it.

    Args:
        shape: Encoder.
        devices: Number of devices, of all nodes together.
        rows: Rows of the embedding table that are trained; ``None``: all.
        checkpointing: Whether blocks are computed a second time in the backward pass.

    Example:
        >>> [round(sharded_bytes(XLMR_XL, devices=devices) / 2**30, 1) for devices in (2, 8)]
        [36.0, 16.5]
    """
    block = shape.block_weights // shape.layers
    embeddings = shape.weights(rows) - shape.block_weights
    computed = (BYTES_OF_A_WEIGHT + BYTES_OF_A_GRADIENT) * max(embeddings, 2 * block)
    cast = BYTES_OF_A_CAST_WEIGHT * (block if checkpointing else shape.block_weights)
    return BYTES_OF_A_TRAINED_WEIGHT * shape.weights(rows) // devices + computed + cast


def activation_bytes_per_token(shape: EncoderShape, *, checkpointing: bool = False) -> int:
    """Memory that a token, or a position of padding, holds from the forward to the backward pass.

    Of each block, by width: the input cast for queries, keys and values (6), these (6), what attention gives
    (2, and 2 in the order of the next product), its dropout mask (1), inputs of two norms in 32 bits (8), the
    input of the feed-forward (2) and its dropout mask (1); by inner width, both sides of the activation (4).

    Args:
        shape: Encoder.
        checkpointing: Whether only the inputs of blocks are kept, in 32 bits, and one block at a time is
            computed again.

    Example:
        >>> activation_bytes_per_token(XLMR_BASE), activation_bytes_per_token(XLMR_BASE, checkpointing=True)
        (405504, 70656)
    """
    block = 28 * shape.hidden + 4 * shape.inner
    return shape.layers * 4 * shape.hidden + block if checkpointing else shape.layers * block


def training_seconds(
    shape: EncoderShape, tokens: int, *, peak: float, share: float, devices: int = 1
) -> float:
    """Time to train on so many tokens, all epochs together.

    Args:
        shape: Encoder.
        tokens: Tokens without padding.
        peak: Operations a second of one device at its best.
        share: Share of it that training reaches; of a batch of short texts less than of a long one.
        devices: Number of devices, among which an update is divided.

    Example:
        >>> round(training_seconds(XLMR_BASE, 10**9, peak=312e12, share=0.3) / 60)
        91
    """
    return tokens * flops_per_token(shape) / (peak * share * devices)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print an estimate for one encoder."""
    parser = argparse.ArgumentParser(prog="python -m xtl.distributed.estimate", description=__doc__)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("--positions", type=int, default=32 * 384, help="of a device's micro-batch, padded")
    parser.add_argument("--rows", type=int, help="rows of the embedding table in use (default: all)")
    parser.add_argument("--tokens", type=int, default=10**8, help="to train on, all epochs together")
    parser.add_argument("--tflops", type=float, default=312.0, help="peak of a device, 10^12 operations/s")
    parser.add_argument("--share", type=float, default=0.3, help="of the peak that training reaches")
    parser.add_argument("--devices", type=int, default=1)
    parser.add_argument("--strategy", choices=("ddp", "fsdp2"), default="ddp", help="of several devices")
    options = parser.parse_args(arguments)
    shape = SHAPES[options.shape]
    devices, rows = options.devices, options.rows
    peak = options.tflops * 1e12
    table = PlainTable(box=box.SIMPLE_HEAD, title=f"{options.shape}, an estimate by formula, not measured")
    for name in ("gradient checkpointing", "state", "activations", "memory of a device", "time"):
        table.add_column(name, justify="right")
    for checkpointing in (False, True):
        state = (
            sharded_bytes(shape, devices=devices, rows=rows, checkpointing=checkpointing)
            if options.strategy == "fsdp2" and devices > 1
            else state_bytes(shape, rows=rows, several=devices > 1)
        )
        activations = options.positions * activation_bytes_per_token(shape, checkpointing=checkpointing)
        seconds = training_seconds(shape, options.tokens, peak=peak, share=options.share, devices=devices)
        again = flops_per_token(shape, checkpointing=checkpointing) / flops_per_token(shape)
        sizes = (f"{size / _GIB:,.1f} GiB" for size in (state, activations, state + activations))
        table.add_row("yes" if checkpointing else "no", *sizes, f"{seconds * again / _HOUR:,.2f} h")
    plain_console().print(table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
