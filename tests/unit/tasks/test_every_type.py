"""What every task type must do, tried on the pocket benchmark with random weights."""

from typing import Any

import pytest
import torch

from tests.helpers.tasks import TRAINED, built_task, parts
from xtl.data.batching import evaluation_batches
from xtl.models import HFBackbone, tiny
from xtl.models.kernels.flat_encoder import is_flat
from xtl.modules.optim import AdamWLinear


def predictions(task, pretrained, features, module, batches: list[list[int]]) -> dict[str, Any]:
    collate = task.collator(pretrained.tokenizer.pad_token_id)
    module.eval()
    with torch.inference_mode():
        found = [
            prediction
            for batch in batches
            for prediction in module.predict_step(collate([features[index] for index in batch]))
        ]
    by_id: dict[str, Any] = {}
    for prediction in sorted(found, key=lambda one: (one["id"], one.get("first_word") or one.get("window"))):
        by_id.setdefault(prediction["id"], []).append(prediction)
    return by_id


def flat_numbers(value: Any) -> list[Any]:
    """Flatten a prediction; what is no number stays as it is."""
    if isinstance(value, torch.Tensor):
        value = value.tolist()
    if isinstance(value, dict):
        return [number for key in sorted(value) for number in flat_numbers(value[key])]
    if isinstance(value, list | tuple):
        return [number for part in value for number in flat_numbers(part)]
    return [value]


def quick_optimizer(module):
    return torch.optim.AdamW(module.parameters(), lr=3e-3, betas=(0.9, 0.98), fused=True)


@pytest.mark.parametrize("name", TRAINED)
def test_a_batch_is_learned_by_heart(name):
    # A long context of single characters takes tiny a while, and so does a packed line.
    long = ("pocket_qa", "pocket_choice", "pocket_text")
    task, pretrained, examples, features, module = parts(name, count=2 if name in long else 6)
    collate = task.collator(pretrained.tokenizer.pad_token_id)
    batch = collate(features)
    optimizer = quick_optimizer(module)
    module.eval()  # dropout only makes it take longer
    for _ in range(600):
        # Which tokens of a text are hidden is drawn anew in training; by heart it learns those that
        # evaluation hides, by uid alone, whatever the language.
        by_uid = {**batch, "ids": [id_.uid for id_ in batch["ids"]]}
        loss = module.validate(by_uid) if name == "pocket_text" else module.loss(batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss < (0.02 if name in long else 0.01):
            break
    found = predictions(task, pretrained, features, module, [list(range(len(features)))])
    table = task.table(examples, [one for group in found.values() for one in group], threshold=0.0)
    metric, score = next(iter(task.scores(table).items()))
    assert score == 100, (metric, score, loss.item())


def test_a_mixture_learns_a_batch_of_one_task_by_heart():
    mixture, pretrained = built_task("mixture"), tiny()
    (name, task), *_ = mixture.members.items()
    examples = task.source.examples("en", "train")[:4]
    features = mixture.join({name: task.encode(examples, pretrained.tokenizer)})
    module = mixture.module(pretrained.backbone, AdamWLinear(lr=1.0, total_steps=1), dropout=0.0).eval()
    batch = mixture.collator(pretrained.tokenizer.pad_token_id)(features)
    optimizer = quick_optimizer(module)
    for _ in range(100):
        loss = module.loss(batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss < 0.01:
            break
    scores = task.scores(task.table(examples, module.predict_step(batch)))
    assert set(scores.values()) == {100.0}, loss.item()


@pytest.mark.parametrize("name", TRAINED)
def test_padding_order_and_batch_size_change_no_prediction(name):
    task, pretrained, _, features, module = parts(name, count=12)
    lengths = [len(feature["input_ids"]) for feature in features]
    ways = [
        [[index] for index in range(len(features))],
        [list(range(len(features)))],
        [list(reversed(range(len(features))))],
        evaluation_batches(lengths, [feature["id"] for feature in features], max_tokens=120),
    ]
    first, *others = (predictions(task, pretrained, features, module, way) for way in ways)
    for other in others:
        assert other.keys() == first.keys()
        for id_, value in first.items():
            for one, same in zip(flat_numbers(value), flat_numbers(other[id_]), strict=True):
                assert one == (pytest.approx(same, abs=1e-5) if isinstance(one, float) else same)


@pytest.mark.parametrize("name", TRAINED)
def test_two_modules_share_one_encoder(name):
    task, pretrained, _, features, module = parts(name)
    other = task.module(pretrained.backbone, AdamWLinear(lr=1e-2, total_steps=2), dropout=0.0)
    batch = task.collator(pretrained.tokenizer.pad_token_id)(features)
    before = other.backbone.encoder.get_input_embeddings().weight.clone()
    optimizer = torch.optim.SGD(module.parameters(), lr=1.0)
    module.loss(batch).backward()
    optimizer.step()
    assert other.backbone is module.backbone
    assert not torch.equal(before, other.backbone.encoder.get_input_embeddings().weight)


@pytest.mark.parametrize("name", TRAINED)
def test_validation_scores_what_predictions_score(name):
    task, pretrained, examples, features, module = parts(name, count=12)
    collate = task.collator(pretrained.tokenizer.pad_token_id)
    lengths = [len(feature["input_ids"]) for feature in features]
    batches = evaluation_batches(lengths, [feature["id"] for feature in features], max_tokens=120)
    module.eval()
    with torch.inference_mode():
        for batch in batches:
            module.validate(collate([features[index] for index in batch]))
    found = predictions(task, pretrained, features, module, batches)
    table = task.table(examples, [one for group in found.values() for one in group], threshold=0.0)
    scores = task.scores(table)
    assert float(module.metric.compute()) == pytest.approx(scores[task.config.metrics[0]], abs=1e-3)


@pytest.mark.parametrize("name", TRAINED)
def test_a_head_needs_no_state_but_those_that_it_says_it_reads(name, monkeypatch):
    task, pretrained, _, features, module = parts(name)
    batch = task.collator(pretrained.tokenizer.pad_token_id)(features)
    module = module.double().train()

    def loss_and_gradients():
        module.zero_grad()
        torch.manual_seed(0)
        loss = module.loss(batch)
        loss.backward()
        return loss.item(), {
            name: weight.grad for name, weight in module.named_parameters() if weight.grad is not None
        }

    loss, gradients = loss_and_gradients()
    compute, masks = HFBackbone.forward, []

    def forward(self, input_ids, attention_mask, is_read=None):
        masks.append(is_read)
        return compute(self, input_ids, attention_mask)

    monkeypatch.setattr(HFBackbone, "forward", forward)
    expected, expected_gradients = loss_and_gradients()
    assert is_flat(module.backbone.encoder)
    # An answer may begin at any token, and sentences are pooled over all of them.
    assert any(mask is not None for mask in masks) == (name not in ("pocket_qa", "pocket_retrieval"))
    assert loss == pytest.approx(expected, rel=1e-12)
    assert gradients.keys() == expected_gradients.keys()
    for weight, gradient in expected_gradients.items():
        torch.testing.assert_close(gradients[weight], gradient, rtol=1e-9, atol=1e-12, msg=weight)
