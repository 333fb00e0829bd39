"""Predictions: TensorFloat-32 only where it is asked for and never left behind, and kernels likewise."""

import pytest
import torch

from tests.helpers.tasks import parts
from xtl.models.kernels import use_kernels
from xtl.models.kernels.flat_encoder import _KEPT
from xtl.modules.inference import autocast, float32_products, predict
from xtl.tasks.loaders import evaluation_loader

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def kept():
    before = torch.get_float32_matmul_precision()
    yield
    torch.set_float32_matmul_precision(before)


@pytest.mark.parametrize("before", ["highest", "high"])
@pytest.mark.parametrize(
    ("precision", "inside"), [("tf32", "high"), ("32-true", "highest"), ("bf16-mixed", "highest")]
)
def test_products_are_exact_unless_asked(before, precision, inside):
    torch.set_float32_matmul_precision(before)
    with float32_products(precision):
        assert torch.get_float32_matmul_precision() == inside
    assert torch.get_float32_matmul_precision() == before


def test_what_was_before_comes_back_after_an_error():
    with pytest.raises(RuntimeError, match="stop"), float32_products("tf32"):
        raise RuntimeError("stop")
    assert torch.get_float32_matmul_precision() == "highest"


def test_predictions_are_computed_as_training_is():
    with autocast(CPU, "tf32"):
        assert torch.get_float32_matmul_precision() == "high"
    with autocast(CPU, "bf16-mixed"):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16


@pytest.mark.parametrize(("kernels", "is_kept"), [("xtl", True), ("torch", False)])
def test_an_evaluation_computes_with_the_kernels_that_are_asked_for(kernels, is_kept):
    """Whichever the module was trained with, or loaded with; weights are cast once for all batches."""
    task, pretrained, _, features, module = parts("pocket_pos")
    loader = evaluation_loader(task, features, pad_id=pretrained.tokenizer.pad_token_id, max_tokens=200)
    use_kernels(module, fast=kernels != "xtl")
    kept = []
    for predictions, _ in predict(module, loader, device=CPU, precision="bf16-mixed", kernels=kernels):
        assert predictions
        kept.append(_KEPT[module.backbone.encoder].get(torch.bfloat16))
    assert len(kept) > 1
    assert all((blocks is not None) == is_kept for blocks in kept)
    assert all(blocks is kept[0] for blocks in kept)
    assert module.backbone.encoder not in _KEPT
