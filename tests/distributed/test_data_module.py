"""Two processes with a plain Trainer and xtl's data: each its share, each example scored once."""

import warnings

import pytest
import torch
from lightning import Trainer

from tests.helpers.processes import run_two
from xtl import XtlDataModule

pytestmark = pytest.mark.slow  # test_dealing.py and test_task_rows.py look at the shares alone

QUIET = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
SIZES = ("data.sizes.train=20", "data.sizes.validation=7", "data.sizes.test=9", "trainer.eval_tokens=150")


def fit_and_test(rank, *, processes=2):
    """Scores before and after a fit, predictions of this process, a sum of each weight."""
    data = XtlDataModule(
        "pocket_pos",
        langs=["de", "sw"],
        val_langs=["en", "de"],
        backbone="tiny",
        batch_size=4,
        overrides=SIZES,
    )
    torch.manual_seed(0)
    module = data.build_module()
    trainer = Trainer(
        accelerator="cpu", devices=processes, strategy="ddp" if processes > 1 else "auto", max_epochs=1,
        enable_model_summary=False, **QUIET,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tested = trainer.test(module, data, verbose=False)
        trainer.fit(module, data)
        metrics = trainer.callback_metrics  # which the next call forgets
        validated = {index: float(metrics[f"val/score/dataloader_idx_{index}"]) for index in (0, 1)}
        predicted = trainer.predict(module, data)
    assert trainer.world_size == processes
    ids = [str(prediction["id"]) for batch in predicted[0] for prediction in batch]
    sums = [weight.detach().double().sum().item() for weight in module.parameters()]
    return tested, ids, sums, trainer.global_step, validated


def test_two_processes_share_training_and_score_each_example_once():
    (tested, first, sums, updates, validated), (_, second, other_sums, *_) = run_two(fit_and_test)
    assert sums == other_sums
    assert updates == 3  # five batches of four on two processes
    assert not set(first) & set(second)
    alone, ids, _, updates, _ = fit_and_test(0, processes=1)
    assert updates == 5
    assert set(first) | set(second) == set(ids)
    assert len({*ids}) == 9
    for one, two in zip(alone, tested, strict=True):
        assert two == pytest.approx(one, abs=1e-4)
    assert all(0 <= score <= 100 for score in validated.values())
