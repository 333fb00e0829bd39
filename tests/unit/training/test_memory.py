import errno
from unittest.mock import patch

import numpy as np
import pytest
import torch

from tests.helpers.tasks import parts
from xtl.errors import ConfigError, OutOfMemoryError
from xtl.modules.shares import Share
from xtl.schemas.trainer import TrainerConfig
from xtl.tasks.loaders import training_loader
from xtl.training import memory
from xtl.training.memory import is_out_of_memory, longest_shortage, shortage_named, update_advice

CPU = torch.device("cpu")


def raised(call):
    try:
        call()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize(
    "error",
    [
        raised(lambda: torch.empty(1 << 50, dtype=torch.uint8)),  # what the allocators really say
        raised(lambda: np.empty(1 << 50, dtype=np.uint8)),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("MPS backend out of memory (MPS allocated: 5 GB)"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("could not create a primitive"),  # oneDNN, under a limit of address space
        MemoryError("std::bad_alloc"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_every_allocator_is_understood(error):
    assert is_out_of_memory(error)
    with (
        pytest.raises(OutOfMemoryError, match=r"^here: .") as caught,
        shortage_named(lambda said: OutOfMemoryError(f"here: {said}")),
    ):
        raise error
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "error",
    [RuntimeError("mat1 and mat2 shapes cannot be multiplied"), ConfigError("x"), OSError(28, "full")],
)
def test_other_errors_pass(error):
    assert not is_out_of_memory(error)
    with pytest.raises(type(error)), shortage_named(lambda said: OutOfMemoryError(said)):
        raise error


@pytest.fixture(scope="module")
def fit():
    """A module, and its features sorted by length so that the longest is known."""
    _, pretrained, _, features, module = loaded = parts("pocket_pos", count=9)
    return loaded[0], pretrained, features, module


def tried(fit, share, *, most=None):
    """Try the longest update; give what does not fit, and the shapes that were computed."""
    task, pretrained, features, module = fit
    loader, _ = training_loader(
        task, features, pad_id=pretrained.tokenizer.pad_token_id, updates=None, seed=1, share=share
    )
    shapes, loss = [], module.loss

    def computed(batch):
        shapes.append(tuple(batch["input_ids"].shape))
        if most is not None and len(batch["ids"]) > most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried 2 GiB.\nSee the documentation")
        return loss(batch)

    with patch.object(module, "loss", computed):
        said = longest_shortage(module, loader, device=CPU, precision="32-true", copies=2)
    return said, shapes


def test_the_longest_parts_are_tried_and_nothing_is_changed(fit):
    _, _, features, module = fit
    longest = max(len(feature["input_ids"]) for feature in features)
    module.eval()
    weights = {name: weight.clone() for name, weight in module.state_dict().items()}
    state = torch.get_rng_state()
    whole = tried(fit, Share())
    in_parts = tried(fit, Share(micro_batch=2))
    assert (whole[0], in_parts[0]) == ("", "")
    assert max(width for _, width in whole[1]) == max(width for _, width in in_parts[1]) == longest
    assert in_parts[1][0][0] == 2, "a full part, before the last one, which may be smaller"
    assert torch.equal(torch.get_rng_state(), state)
    assert not module.training
    assert all(weight.grad is None for weight in module.parameters())
    assert all(torch.equal(weight, weights[name]) for name, weight in module.state_dict().items())


def test_what_does_not_fit_is_found_out(fit):
    assert tried(fit, Share(), most=3)[0] == "CUDA out of memory. Tried 2 GiB"
    assert tried(fit, Share(micro_batch=4), most=3)[0] == "CUDA out of memory. Tried 2 GiB"
    assert tried(fit, Share(micro_batch=3), most=3)[0] == ""


def test_another_error_is_no_lack_of_memory(fit):
    task, pretrained, features, module = fit
    loader, _ = training_loader(
        task, features, pad_id=pretrained.tokenizer.pad_token_id, updates=None, seed=1
    )
    with patch.object(module, "loss", side_effect=ValueError("x")), pytest.raises(ValueError, match="x"):
        longest_shortage(module, loader, device=CPU, precision="32-true", copies=2)


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_the_random_state_of_a_device_is_kept_too(kind):
    module = getattr(torch, kind)
    with (
        patch.object(torch.cuda, "current_device", return_value=0),
        patch.object(module, "get_rng_state", return_value="state") as read,
        patch.object(module, "set_rng_state") as written,
    ):
        with memory._random_state_kept(torch.device(kind)):
            assert read.call_args.args == (0,)
            assert not written.called
        assert written.call_args.args == ("state", 0)


@pytest.mark.parametrize(
    ("strategy", "tried", "is_offered"),
    [("single", False, True), ("ddp", False, True), ("ddp", True, False), ("fsdp2", False, False)],
)
def test_auto_is_offered_where_it_is_not_set_and_would_try(strategy, tried, is_offered):
    settings = TrainerConfig(strategy=strategy)
    advice = update_advice(settings, 8, divisible=True, tried=tried)
    assert advice.startswith("set trainer.micro_batch=4, which keeps the update as it is")
    assert ("micro_batch=auto" in advice) == is_offered
