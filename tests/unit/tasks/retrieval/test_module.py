"""Sentences beside translations: loss and score where several languages have the same translations."""

import math

import pytest
import torch
import torch.nn.functional as F

from tests.helpers.tasks import SMALL_SIZES, composed_task
from xtl.models import tiny
from xtl.modules import AdamWLinear, RetrievalAccuracy
from xtl.pocket import examples


def batch_of(task, pretrained, *langs, rows=4):
    pairs = [row for lang in langs for row in examples("pocket_retrieval", lang, split="train", size=rows)]
    features = task.encode(pairs, pretrained.tokenizer)
    return task.collator(pretrained.tokenizer.pad_token_id)(features), pairs


@pytest.fixture
def parts():
    task, pretrained = composed_task("pocket_retrieval", *SMALL_SIZES), tiny()
    module = task.module(pretrained.backbone, AdamWLinear(lr=1e-3, total_steps=1), dropout=0.0)
    return task, pretrained, module.eval()


def expected_loss(module, batch, pairs):
    """The definition, pair by pair: a candidate is wrong if no side of it is the same text."""
    vectors = module(batch).double()
    rows = list(zip(vectors, batch["sides"], batch["views"], strict=True))
    of_side = [
        torch.stack([vector for vector, row_side, view in rows if (row_side, view) == (side, 0)])
        for side in (0, 1)
    ]
    total = 0.0
    for queries, keys in (of_side, of_side[::-1]):
        for number, (query, pair) in enumerate(zip(queries, pairs, strict=True)):
            candidates = [
                index
                for index, other in enumerate(pairs)
                if index == number
                or (other.text != pair.text and other.translation != pair.translation)
            ]  # fmt: skip
            scores = [float(query @ keys[index]) / module.temperature for index in candidates]
            right = float(query @ keys[number]) / module.temperature
            total += math.log(sum(map(math.exp, scores))) - right
    return total / (2 * len(pairs))


@pytest.mark.parametrize("langs", [("de",), ("de", "fr"), ("de", "fr", "es", "hi")], ids=" ".join)
def test_no_right_answer_counts_as_a_wrong_one(parts, langs):
    task, pretrained, module = parts
    batch, pairs = batch_of(task, pretrained, *langs)
    with torch.no_grad():
        assert float(module.loss(batch)) == pytest.approx(expected_loss(module, batch, pairs), abs=1e-5)


def test_similarities_are_in_32_bits_whatever_the_encoder_computes_in(parts):
    _, _, module = parts
    generator = torch.Generator().manual_seed(0)
    # Near to each other, as vectors of an encoder before training are.
    sides = [F.normalize(1 + 0.02 * torch.randn(6, 32, generator=generator), dim=-1) for _ in range(2)]
    texts = [torch.arange(6), torch.arange(6, 12)]
    expected = module._contrast(sides, texts)
    with torch.autocast("cpu", torch.bfloat16):
        assert module._contrast(sides, texts).item() == expected.item()


def test_the_loss_does_not_hang_on_padding(parts):
    task, pretrained, module = parts
    batch, _ = batch_of(task, pretrained, "de", "fr")
    wider = batch | {
        "input_ids": F.pad(batch["input_ids"], (0, 5), value=pretrained.tokenizer.pad_token_id),
        "attention_mask": F.pad(batch["attention_mask"], (0, 5)),
        "pooling_mask": F.pad(batch["pooling_mask"], (0, 5)),
    }
    with torch.no_grad():
        assert float(module.loss(wider)) == pytest.approx(float(module.loss(batch)), abs=1e-5)


def test_a_translation_is_looked_for_among_sentences_of_one_language():
    vectors = torch.eye(3)
    metric = RetrievalAccuracy()
    metric.update(
        torch.cat([vectors, vectors]), torch.cat([vectors, vectors]), torch.tensor([0] * 3 + [7] * 3)
    )
    assert metric.compute() == 100.0
    metric.update(vectors[[0, 1]], vectors[[1, 0]], torch.tensor([9, 9]))
    assert metric.compute() == 75.0


def test_validation_in_aligned_languages_is_scored_as_each_alone(parts):
    task, pretrained, module = parts
    alone = []
    for lang in ("de", "fr"):
        module.metric.reset()
        module.validate(batch_of(task, pretrained, lang, rows=8)[0])
        alone.append(float(module.metric.compute()))
    module.metric.reset()
    module.validate(batch_of(task, pretrained, "de", "fr", rows=8)[0])
    assert float(module.metric.compute()) == pytest.approx(sum(alone) / 2)
    assert sum(alone) > 0
