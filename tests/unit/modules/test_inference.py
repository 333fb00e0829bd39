"""TensorFloat-32 only where it is asked for, and never left behind."""

import pytest
import torch

from xtl.modules.inference import autocast, float32_products

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
