"""The gradient of a batch in parts is that of the whole, for every task that learns."""

import warnings

import pytest
import torch
from lightning import Trainer
from torch.utils.data import DataLoader

from tests.helpers.tasks import TRAINED, parts
from xtl.modules.shares import Share
from xtl.tasks.classification.module import SequenceClassification
from xtl.tasks.loaders import ShareCollator, training_loader

DIVISIBLE = tuple(task for task in TRAINED if task not in ("pocket_retrieval", "pocket_text"))
"""Tasks whose losses are means of what each example brings alone, and draw nothing."""


def update(task_name, batch_of, *, count=7):
    """Take one update; give its loss and the gradient of each weight."""
    torch.manual_seed(0)  # heads of equal weights
    task, pretrained, _, features, module = parts(task_name, count=count)
    for part in module.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    module._optimizer = lambda one: torch.optim.SGD(one.parameters(), lr=0.0)
    batch = batch_of(task.collator(pretrained.tokenizer.pad_token_id), features)
    gradients = []
    module.on_before_optimizer_step = lambda _: gradients.extend(
        weight.grad.clone() for weight in module.parameters()
    )
    trainer = Trainer(
        accelerator="cpu", devices=1, max_epochs=1, logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer.fit(module, DataLoader([batch], batch_size=None))
    return float(trainer.callback_metrics["train/loss"]), gradients


def whole(collate, features):
    return collate(features)


def in_parts(size):
    return lambda collate, features: ShareCollator(collate=collate, share=Share(micro_batch=size))(features)


@pytest.mark.parametrize("task", DIVISIBLE)
def test_parts_have_the_loss_and_the_gradient_of_the_whole_batch(task):
    loss, gradients = update(task, whole)
    for size in (3,):
        loss_of_parts, gradients_of_parts = update(task, in_parts(size))
        assert loss_of_parts == pytest.approx(loss, abs=1e-5)
        largest = float(max(gradient.abs().max() for gradient in gradients))
        assert largest > 1e-6
        for one, other in zip(gradients, gradients_of_parts, strict=True):
            torch.testing.assert_close(one, other, atol=max(1e-3 * largest, 1e-6), rtol=1e-3)


def test_a_part_without_labels_counts_nothing():
    def without_last_labels(collate, features):
        unlabelled = [{**feature, "label": -100} for feature in features[3:]]
        return in_parts(3)(collate, [*features[:3], *unlabelled])

    loss, gradients = update("pocket_nli", lambda collate, features: collate(features[:3]))
    loss_of_parts, gradients_of_parts = update("pocket_nli", without_last_labels)
    assert loss_of_parts == pytest.approx(loss, abs=1e-6)
    for one, other in zip(gradients, gradients_of_parts, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-4)


def test_an_update_that_counts_nothing_has_no_gradient_and_no_nan(monkeypatch):
    # A module of one's own, whose loss of nothing is 0 by a product.
    loss_of = SequenceClassification.loss
    monkeypatch.setattr(SequenceClassification, "loss", lambda self, batch: 0.0 * loss_of(self, batch))
    monkeypatch.setattr(SequenceClassification, "count", lambda self, batch: 0)
    loss, gradients = update("pocket_nli", in_parts(3))
    assert loss == 0
    assert not any(bool(gradient.any()) for gradient in gradients)


def test_hidden_tokens_are_drawn_once_and_counted():
    task, pretrained, _, features, module = parts("pocket_text", count=5)
    batch = task.collator(pretrained.tokenizer.pad_token_id)(features)
    module.eval()  # without dropout
    prepared = module.prepare(batch)
    assert module.loss(prepared).item() == module.loss(prepared).item()
    assert 0 < module.count(prepared) < batch["num_tokens"]


def test_tokens_and_names_of_a_parted_batch_are_those_of_the_whole():
    for name in TRAINED:
        task, pretrained, _, features, _ = parts(name, count=5)
        collate = task.collator(pretrained.tokenizer.pad_token_id)
        batch = collate(features)
        shared = ShareCollator(collate=collate, share=Share(rank=1, processes=2))(features)
        assert (shared["num_tokens"], shared["ids"]) == (batch["num_tokens"], batch["ids"])


def test_a_loader_of_a_whole_share_gives_plain_batches():
    task, _, _, features, _ = parts("pocket_pos", count=5)
    loader, _ = training_loader(task, features, pad_id=1, updates=1, seed=1, share=Share())
    assert "parts" not in next(iter(loader))
