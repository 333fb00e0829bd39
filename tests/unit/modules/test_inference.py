"""Predictions: TensorFloat-32 only where it is asked for and never left behind, and kernels likewise."""

import threading
import time

import pytest
import torch

from tests.helpers.tasks import parts
from xtl.models.kernels import use_kernels
from xtl.models.kernels.flat_encoder import _KEPT
from xtl.modules import inference
from xtl.modules.inference import autocast, float32_products, predict
from xtl.tasks.loaders import evaluation_loader

CPU = torch.device("cpu")


def pocket_loader(max_tokens=20):
    task, pretrained, _, features, module = parts("pocket_pos")
    pad_id = pretrained.tokenizer.pad_token_id
    return module, evaluation_loader(task, features, pad_id=pad_id, max_tokens=max_tokens)


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
    module, loader = pocket_loader()
    use_kernels(module, fast=kernels != "xtl")
    kept = []
    for predictions, _ in predict(module, loader, device=CPU, precision="bf16-mixed", kernels=kernels):
        assert predictions
        kept.append(_KEPT[module.backbone.encoder].get(torch.bfloat16))
    assert len(kept) > 1
    assert all((blocks is not None) == is_kept for blocks in kept)
    assert all(blocks is kept[0] for blocks in kept)
    assert module.backbone.encoder not in _KEPT


@pytest.fixture
def threads(monkeypatch):
    """Names of the threads that compute, where three may."""
    monkeypatch.setattr(inference, "available_threads", lambda most: max(1, min(3, most)))
    monkeypatch.setattr(inference, "_BATCHES_OF_THREAD", 2)
    return []


def _observed(module, threads):
    step = module.predict_step

    def predict_step(batch):
        threads.append(threading.current_thread().name)
        time.sleep(0.01)  # so that no thread computes all of them
        return step(batch)

    module.predict_step = predict_step
    return module


def test_batches_in_several_threads_give_the_same_predictions_in_the_same_order(threads):
    module, loader = pocket_loader()
    assert len(loader) == 3 * inference._BATCHES_OF_THREAD
    alone = []
    for batch in loader:
        alone += predict(module, [batch], device=CPU, precision="bf16-mixed")
    _observed(module, threads)
    together = list(predict(module, loader, device=CPU, precision="bf16-mixed"))
    assert together == alone
    assert len(threads) == len(loader)
    assert len(set(threads)) > 1
    assert all(name.startswith("xtl-core") for name in threads)


@pytest.mark.parametrize(("precision", "kernels"), [("32-true", "xtl"), ("bf16-mixed", "torch")])
def test_torch_s_own_layers_compute_a_batch_after_the_other(precision, kernels, threads):
    module, loader = pocket_loader()
    list(predict(_observed(module, threads), loader, device=CPU, precision=precision, kernels=kernels))
    assert set(threads) == {threading.current_thread().name}


def test_few_batches_are_computed_one_after_the_other(threads):
    module, loader = pocket_loader()
    few = list(loader)[:3]
    list(predict(_observed(module, threads), few, device=CPU, precision="bf16-mixed"))
    assert set(threads) == {threading.current_thread().name}


def test_an_error_in_a_thread_is_that_of_the_evaluation(threads):
    module, loader = pocket_loader()
    assert len(loader) == 3 * inference._BATCHES_OF_THREAD
    step, seen = module.predict_step, []

    def predict_step(batch):
        seen.append(batch)
        if len(seen) == 2:
            raise RuntimeError("no memory")
        return step(batch)

    module.predict_step = predict_step
    with pytest.raises(RuntimeError, match="no memory"):
        list(predict(module, loader, device=CPU, precision="bf16-mixed"))
    assert module.backbone.encoder not in _KEPT


def test_a_module_may_refuse_threads(threads):
    module, loader = pocket_loader()
    module.predicts_in_threads = False
    list(predict(_observed(module, threads), loader, device=CPU, precision="bf16-mixed"))
    assert set(threads) == {threading.current_thread().name}


def test_batches_that_come_without_a_number_are_computed_one_after_the_other(threads):
    module, loader = pocket_loader()

    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            yield from loader

    stream = torch.utils.data.DataLoader(Stream(), batch_size=None)
    results = list(predict(_observed(module, threads), stream, device=CPU, precision="bf16-mixed"))
    assert len(results) == len(loader)
    assert set(threads) == {threading.current_thread().name}
