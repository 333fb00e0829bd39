"""Memory and time by formula: weights as they are counted in a real model, and the page that quotes them."""

import re
from pathlib import Path

import pytest
import torch
from transformers import AutoModel, XLMRobertaConfig, XLMRobertaXLConfig

from xtl.distributed.estimate import (
    SHAPES,
    XLMR_BASE,
    XLMR_LARGE,
    XLMR_XL,
    EncoderShape,
    activation_bytes_per_token,
    flops_per_token,
    main,
    sharded_bytes,
    state_bytes,
    training_seconds,
)

PAGE = Path(__file__).parents[3] / "xtl" / "distributed" / "REACH.md"
GIB = 2**30
ALL = (XLMR_BASE, XLMR_LARGE, XLMR_XL)


def model_of(shape: EncoderShape, kind=XLMRobertaConfig):
    config = kind(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=4,
        intermediate_size=shape.inner,
        max_position_embeddings=shape.positions,
        type_vocab_size=1,
    )
    with torch.device("meta"):
        return AutoModel.from_config(config, add_pooling_layer=False)


@pytest.mark.parametrize("kind", [XLMRobertaConfig, XLMRobertaXLConfig])
def test_weights_are_those_of_a_model(kind):
    shape = EncoderShape(layers=3, hidden=20, inner=52, vocabulary=101, positions=30)
    weights = dict(model_of(shape, kind).named_parameters())
    assert shape.weights() == sum(weight.numel() for weight in weights.values())
    blocks = [weight.numel() for name, weight in weights.items() if name.startswith("encoder.layer.")]
    assert shape.block_weights == sum(blocks)


def test_weights_that_are_shared_out_leave_room_on_each_device():
    sizes = [sharded_bytes(XLMR_XL, devices=devices) for devices in (2, 4, 8)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] - sizes[1] == 4 * XLMR_XL.weights()
    # Copies in 16 bits of all blocks but one are not kept.
    saved = sizes[2] - sharded_bytes(XLMR_XL, devices=8, checkpointing=True)
    assert saved == 2 * XLMR_XL.block_weights * 35 // 36


def test_rows_that_are_left_out_cost_nothing():
    saved = state_bytes(XLMR_BASE) - state_bytes(XLMR_BASE, rows=30_000)
    assert saved == (250_002 - 30_000) * 768 * 16
    assert state_bytes(XLMR_BASE, several=True) - state_bytes(XLMR_BASE) == 4 * XLMR_BASE.weights()


def test_checkpointing_computes_blocks_once_more_and_keeps_their_inputs():
    assert flops_per_token(XLMR_LARGE, checkpointing=True) * 3 == flops_per_token(XLMR_LARGE) * 4
    one = EncoderShape(layers=1, hidden=64, inner=256, vocabulary=10)
    kept = activation_bytes_per_token(one, checkpointing=True) - activation_bytes_per_token(one)
    assert kept == 4 * 64


@pytest.mark.parametrize(
    ("row", "sizes"),
    [
        ("weights, gradients, AdamW: all rows", [state_bytes(shape) for shape in ALL]),
        ("30,000 rows", [state_bytes(shape, rows=30_000) for shape in ALL]),
        ("the same under ddp", [state_bytes(shape, rows=30_000, several=True) for shape in ALL]),
        ("under fsdp2 on 2", [sharded_bytes(shape, devices=2, rows=30_000) for shape in ALL]),
        ("on 8 devices", [sharded_bytes(shape, devices=8, rows=30_000) for shape in ALL]),
        (
            "on 8 with",
            [sharded_bytes(shape, devices=8, rows=30_000, checkpointing=True) for shape in ALL],
        ),
        ("activations of 32 x 33", [32 * 33 * activation_bytes_per_token(shape) for shape in ALL]),
        ("of 32 x 384 (", [32 * 384 * activation_bytes_per_token(shape) for shape in ALL]),
        ("of 8 x 384", [8 * 384 * activation_bytes_per_token(shape) for shape in ALL]),
        (
            "of 32 x 384 with",
            [32 * 384 * activation_bytes_per_token(shape, checkpointing=True) for shape in ALL],
        ),
    ],
)
def test_the_page_has_the_sizes_of_the_formula(row, sizes):
    assert numbers_of(row) == [f"{size / GIB:.1f}" for size in sizes]


@pytest.mark.parametrize(
    ("row", "peak", "share"),
    [
        ("A100 (312 TFLOP/s), 30 %", 312e12, 0.3),
        ("A100, 5 %", 312e12, 0.05),
        ("H100 (989 TFLOP/s), 30 %", 989e12, 0.3),
        ("H100, 5 %", 989e12, 0.05),
    ],
)
def test_the_page_has_the_times_of_the_formula(row, peak, share):
    seconds = [training_seconds(shape, 10**8, peak=peak, share=share) for shape in ALL]
    assert numbers_of(row) == [f"{value / 60:.0f}" for value in seconds]


@pytest.mark.parametrize("name", SHAPES)
def test_an_estimate_is_printed(name, capsys):
    assert main([name, "--rows", "30000", "--devices", "8"]) == 0
    printed = capsys.readouterr().out
    assert "not measured" in printed
    state = state_bytes(SHAPES[name], rows=30_000, several=True)
    assert printed.count(f"{state / GIB:,.1f} GiB") == 2


def test_an_estimate_of_weights_that_are_shared_out(capsys):
    assert main(["xlmr_xl", "--devices", "8", "--strategy", "fsdp2"]) == 0
    printed = capsys.readouterr().out
    for checkpointing in (False, True):
        state = sharded_bytes(XLMR_XL, devices=8, checkpointing=checkpointing)
        assert printed.count(f"{state / GIB:,.1f} GiB") == 1


def numbers_of(row: str) -> list[str]:
    """Numbers of the one row of a table that begins so."""
    lines = re.findall(rf"^\| {re.escape(row)}.*$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) == 1, lines
    return [cell.strip() for cell in lines[0].strip("|").split("|")[1:]]
