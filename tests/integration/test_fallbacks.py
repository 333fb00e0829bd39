"""A phase that does not fit the memory, or diverges in 16 bits, is computed in another way, and says so."""

import json
from contextlib import contextmanager
from unittest.mock import patch

import pytest
import torch

from tests.helpers.cells import composed_cell
from xtl import results
from xtl.errors import OutOfMemoryError
from xtl.models import HFBackbone
from xtl.modules.base import XtlModule
from xtl.modules.inference import predict
from xtl.pipeline.cell import run_cell
from xtl.store.store import PhaseStore

pytestmark = pytest.mark.slow

CELL = (
    "intermediate=pocket_nli", "target=pocket_pos", "backbone=tiny", "trainer.accelerator=cpu",
    "trainer.compare_selections=false", "trainer.save_encoder=false", "target.langs=[de]",
    "data.sizes.train=20", "data.sizes.validation=4", "data.sizes.test=4", "recipe.default.batch_size=8",
    "intermediate.recipe.epochs=1", "target.recipe.epochs=2", "trainer.checkpoint_seconds=0",
)  # fmt: skip


FULL, HALF = "trainer.precision=32-true", "trainer.precision=bf16-mixed"


def run(folder, *overrides, settings=CELL, precision=FULL):
    """Run a cell with a store of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    cell = composed_cell(*settings, precision, *overrides)
    return run_cell(cell, folder, store=PhaseStore(folder / "store"))


def weights_of(folder):
    """Content of the weights of each phase in the store, by key and name."""
    files = sorted((folder / "store").glob("*/*.safetensors"))
    return {(path.parent.name, path.name): path.read_bytes() for path in files}


def phases_of(folder):
    return json.loads((folder / "phases.json").read_text())["phases"]


@contextmanager
def memory_for(rows, *, training=True):
    """A device that has memory for so many rows at once."""
    forward = HFBackbone.forward

    def limited(backbone, input_ids, *args, **settings):
        if torch.is_grad_enabled() == training and len(input_ids) > rows:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        return forward(backbone, input_ids, *args, **settings)

    with patch.object(HFBackbone, "forward", limited):
        yield


def test_auto_trains_as_the_micro_batch_that_fits_given_by_hand(tmp_path, caplog):
    with memory_for(3):
        tried = run(tmp_path / "auto", "trainer.micro_batch=auto")
    by_hand = run(tmp_path / "hand", "trainer.micro_batch=2")
    assert weights_of(tmp_path / "auto") == weights_of(tmp_path / "hand")
    assert [result.value for result in tried] == [result.value for result in by_hand]
    line = results.to_line(tried[0])
    assert (line["micro_batch"], line["intermediate_micro_batch"], line["micro_batch_tokens"]) == (2, 2, 0)
    assert [phase["micro_batch"] for phase in phases_of(tmp_path / "auto")] == [2, 2]
    assert (
        "expected 4 examples at once, the longest of the phase, to fit the memory, got: CUDA out of memory. "
        "Tried to allocate 20.00 MiB; target pocket_pos is trained"
    ) in caplog.text
    assert "; target pocket_pos is trained from its beginning with trainer.micro_batch=2" in caplog.text
    assert not list((tmp_path / "auto/store/unfinished").glob("*/*"))
    # What fits here is in the store, whatever this machine has.
    again = run(tmp_path / "auto", "trainer.micro_batch=auto")
    assert [phase["reused"] for phase in phases_of(tmp_path / "auto")] == [True, True]
    assert results.to_line(again[0])["micro_batch"] == 2


def test_auto_is_the_whole_share_where_that_fits(tmp_path):
    (found, *_) = run(tmp_path / "auto", "trainer.micro_batch=auto")
    run(tmp_path / "whole")
    assert found.run.micro_batch == 0
    assert weights_of(tmp_path / "auto") == weights_of(tmp_path / "whole")


def test_memory_that_runs_out_in_the_middle_begins_the_phase_again(tmp_path):
    step, updates = XtlModule.training_step, []

    def short_of_memory(module, batch, batch_idx):
        updates.append(module.global_step)
        if len(updates) == 5 and "parts" not in batch:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 1 bytes")
        return step(module, batch, batch_idx)

    with patch.object(XtlModule, "training_step", short_of_memory):
        (found, *_) = run(tmp_path / "auto", "trainer.micro_batch=auto")
    assert updates == [0, 1, 2, 0, 1, *range(6)]
    # The intermediate phase fitted whole; the target after it is that of a cell with both sizes.
    assert (found.run.intermediate.micro_batch, found.run.micro_batch) == (0, 4)
    assert found.run.phase_key in {key for key, _ in weights_of(tmp_path / "auto")}
    run(tmp_path / "whole")
    intermediate = [key for key in weights_of(tmp_path / "auto") if key in weights_of(tmp_path / "whole")]
    assert {name for _, name in intermediate} == {"encoder.safetensors", "head.safetensors"}


@pytest.mark.parametrize(
    ("settings", "at_once", "advice"),
    [
        ((), "8 examples at once (8 x ", "set trainer.micro_batch=4, which keeps the update as it is, or "),
        (("trainer.micro_batch=4",), "4 examples at once (4 x ", "set trainer.micro_batch=2, "),
        (("trainer.micro_batch_tokens=128",), " examples at once (", "set trainer.micro_batch_tokens=64"),
        (("trainer.micro_batch=1",), "1 example at once (1 x ", "that is the least: lower max_len, or use"),
    ],
)
def test_an_update_that_does_not_fit_is_one_readable_error(tmp_path, settings, at_once, advice):
    with memory_for(0), pytest.raises(OutOfMemoryError) as caught:
        run(tmp_path, *settings)
    text = str(caught.value)
    assert text.startswith("intermediate pocket_nli, update 1: expected ")
    assert ", got: CUDA out of memory. Tried to allocate 20.00 MiB; " in text
    assert at_once in text
    assert advice in text


def test_a_batch_that_cannot_be_cut_says_what_else_to_do(tmp_path):
    retrieval = [setting for setting in CELL if not setting.startswith(("intermediate", "target=pocket"))]
    message = r"target pocket_retrieval: .*no micro-batch is possible: lower recipe\.batch_size"
    with (
        patch("xtl.modules.SentenceEncoder.loss", side_effect=torch.OutOfMemoryError("out of memory")),
        pytest.raises(OutOfMemoryError, match=message),
    ):
        run(
            tmp_path, "trainer.micro_batch=auto",
            settings=[*retrieval, "target=pocket_retrieval", "target.lang=[de]"],
        )  # fmt: skip


def test_a_validation_that_does_not_fit_names_its_own_setting(tmp_path):
    message = r"validation after update 3: .*set trainer\.eval_tokens=512"
    with memory_for(1, training=False), pytest.raises(OutOfMemoryError, match=message):
        run(tmp_path, "trainer.micro_batch=auto", "trainer.eval_tokens=1024")


def test_an_evaluation_that_does_not_fit_names_its_own_setting(tmp_path):
    def none_left(*_, **__):
        raise MemoryError

    message = r"pocket_pos de: .*got: MemoryError; set trainer\.eval_tokens"
    with (
        patch("xtl.evaluation.evaluate.predict", none_left),
        pytest.raises(OutOfMemoryError, match=message),
    ):
        run(tmp_path)


@contextmanager
def diverging_in_half(from_update):
    """Losses that are no numbers in 16 bits from an update on."""
    step = XtlModule.training_step

    def diverging(module, batch, batch_idx):
        if torch.is_autocast_enabled("cpu") and module.global_step >= from_update:
            return module.check_finite_loss(step(module, batch, batch_idx) * float("nan"), batch["ids"])
        return step(module, batch, batch_idx)

    with patch.object(XtlModule, "training_step", diverging):
        yield


def test_a_phase_that_diverges_in_16_bits_is_that_of_32_bits(tmp_path, caplog):
    with diverging_in_half(2), patch("xtl.evaluation.evaluate.predict", wraps=predict) as predicted:
        retried = run(tmp_path / "half", precision=HALF)
    assert {call.kwargs["precision"] for call in predicted.call_args_list} == {"32-true"}
    by_hand = run(tmp_path / "full")
    assert weights_of(tmp_path / "half") == weights_of(tmp_path / "full")
    assert [result.value for result in retried] == [result.value for result in by_hand]
    line = results.to_line(retried[0])
    assert (line["precision"], line["retried"]) == ("bf16-mixed", "intermediate+target")
    for phase in phases_of(tmp_path / "half"):
        assert phase["precision"] == "32-true"
        assert phase["diverged"].startswith("update 2: expected a finite training loss, got nan")
    assert (
        "intermediate pocket_nli: trained from its beginning in 32 bits, since in bf16-mixed" in caplog.text
    )
    assert not list((tmp_path / "half/store/unfinished").glob("*/*"))
    # A cell that is run again knows it, and trains nothing.
    again = run(tmp_path / "half", precision=HALF)
    assert [phase["reused"] for phase in phases_of(tmp_path / "half")] == [True, True]
    assert results.to_line(again[0])["retried"] == "intermediate+target"
    # A cell of 32 bits takes the same phases, and was never tried in another way.
    full = run(tmp_path / "half")
    assert (full[0].run.phase_key, full[0].run.retried) == (again[0].run.phase_key, "")


def test_a_kill_while_it_is_retried_goes_on_in_32_bits(tmp_path):
    begun = []
    with diverging_in_half(1):
        step = XtlModule.training_step

        def killed(module, batch, batch_idx):
            begun.append((torch.is_autocast_enabled("cpu"), module.global_step))
            if begun[-1] == (False, 1) and begun.count((False, 1)) == 1:
                raise RuntimeError("the end of this process")
            return step(module, batch, batch_idx)

        with patch.object(XtlModule, "training_step", killed):
            with pytest.raises(RuntimeError, match="the end of this process"):
                run(tmp_path / "half", precision=HALF)
            # A checkpoint is due before update 2, which looks at the loss of update 1.
            assert begun == [(True, 0), (True, 1), (False, 0), (False, 1)]
            run(tmp_path / "half", precision=HALF)
    assert begun[4:6] == [(False, 1), (False, 2)]
    run(tmp_path / "full")
    assert weights_of(tmp_path / "half") == weights_of(tmp_path / "full")
