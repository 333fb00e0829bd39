import random

import pytest
import torch

from tests.helpers.factories import batch, features
from xtl.data.batching import LengthBatchSampler, evaluation_batches
from xtl.errors import NonFiniteLossError
from xtl.metrics import tagging_metric
from xtl.metrics.functional import token_accuracy
from xtl.models import tiny
from xtl.modules.optim import AdamWLinear
from xtl.tasks.tagging.module import TokenTagging
from xtl.types import IGNORE

TAGS = ("DET", "NOUN", "VERB")
SENTENCES = [
    (["the", "dog", "runs"], ["DET", "NOUN", "VERB"]),
    (["cats", "sleep"], ["NOUN", "VERB"]),
    (["see", "a", "very", "long", "caterpillar", "crawl"], ["VERB", "DET", "DET", "DET", "NOUN", "VERB"]),
    (["go"], ["VERB"]),
]


def module(*, dropout=0.1, lr=3e-3, total_steps=60, seed=0):
    torch.manual_seed(seed)
    built = TokenTagging(
        tiny().backbone,
        tags=TAGS,
        metric=tagging_metric("accuracy"),
        optimizer=AdamWLinear(lr=lr, total_steps=total_steps),
        dropout=dropout,
    )
    built.logged = {}
    built.log = lambda name, value, **kwargs: built.logged.update({name: value})  # there is no trainer here
    return built


@pytest.fixture(scope="module")
def members():
    # 17 places for characters: only the third sentence falls into pieces
    return features(SENTENCES, tiny().tokenizer, TAGS, max_len=20)


def scores_by_piece(tagger, members, batches):
    """Scores on the first sub-words of each piece, by the index of the piece."""
    tagger.eval()
    found = {}
    with torch.no_grad():
        for indices in batches:
            together = batch([members[index] for index in indices])
            scores_BST = tagger(together)
            for index, scores_ST, labels_S in zip(indices, scores_BST, together["labels"], strict=True):
                found[index] = scores_ST[labels_S != IGNORE]
    return found


def test_one_sentence_is_in_pieces(members):
    assert [feature["id"].uid for feature in members] == ["s0", "s1", "s2", "s2", "s2", "s3"]


def test_it_learns_one_batch_by_heart(members):
    tagger = module(dropout=0.0, lr=1e-2)
    tagger.backbone.encoder.eval()  # without dropout, so that the loss can come down to 0
    together = batch(members)
    built = tagger.configure_optimizers()
    for step in range(60):
        built["optimizer"].zero_grad()
        loss = tagger.training_step(together, step)
        loss.backward()
        built["optimizer"].step()
        built["lr_scheduler"]["scheduler"].step()
    assert float(loss.detach()) < 0.05
    assert tagger.logged["train/loss"] is loss
    tagger.eval()
    tagger.validation_step(together, 0)
    assert float(tagger.metric.compute()) == 100.0


def test_the_first_loss_is_that_of_a_guess(members):
    # A new head has small weights: all tags alike, loss ln 3 = 1.0986.
    loss = module().eval().training_step(batch(members), 0)
    assert float(loss.detach()) == pytest.approx(1.0986, abs=0.15)


def test_the_loss_is_the_mean_over_words_by_hand(members):
    tagger = module().eval()
    together = batch(members)
    scores = scores_by_piece(tagger, members, [[index] for index in range(len(members))])
    gold = [[label for label in feature["labels"] if label != IGNORE] for feature in members]
    words = [
        -float(scores_T.log_softmax(dim=0)[label])
        for index, labels in enumerate(gold)
        for scores_T, label in zip(scores[index], labels, strict=True)
    ]
    assert len(words) == 12
    assert float(tagger.training_step(together, 0).detach()) == pytest.approx(sum(words) / 12, abs=1e-5)


@pytest.mark.parametrize("extra", [1, 7])
def test_padding_changes_no_score(members, extra):
    tagger = module().eval()
    together = batch(members)
    longer = batch(
        [*members, {**members[0], "input_ids": [0] * (20 + extra), "labels": [IGNORE] * (20 + extra)}]
    )
    width = together["input_ids"].shape[1]
    assert longer["input_ids"].shape[1] == 20 + extra
    with torch.no_grad():
        alone, padded = tagger(together), tagger(longer)[:-1, :width]
    real = together["attention_mask"].bool()
    assert torch.allclose(alone[real], padded[real], atol=1e-5)


def test_batch_size_and_order_change_no_score(members):
    tagger = module()
    lengths = [len(feature["input_ids"]) for feature in members]
    ids = [feature["id"] for feature in members]
    order = list(range(len(members)))
    reference = scores_by_piece(tagger, members, [[index] for index in order])
    random.Random(0).shuffle(order)  # noqa: S311
    for batches in (
        [order],
        [order[:2], order[2:]],
        evaluation_batches(lengths, ids, max_tokens=40),
        list(LengthBatchSampler(lengths, batch_size=3, seed=5)),
    ):
        found = scores_by_piece(tagger, members, batches)
        assert found.keys() == reference.keys()
        assert all(torch.allclose(found[index], reference[index], atol=1e-5) for index in reference)


def test_validation_scores_whole_sentences_whatever_the_order(members):
    tagger = module().eval()
    with torch.no_grad():
        pieces = tagger.predict_step(batch(members))
    order = list(range(len(members)))[::-1]
    for max_tokens in (1, 40, 1000):
        tagger.metric.reset()
        lengths = [len(feature["input_ids"]) for feature in members]
        for indices in evaluation_batches(lengths, [f["id"] for f in members], max_tokens=max_tokens):
            with torch.no_grad():
                tagger.validation_step(batch([members[index] for index in indices]), 0)
        predicted = [tag for piece in pieces for tag in piece["tags"]]
        gold = [tag for _, tags in SENTENCES for tag in tags]
        expected = token_accuracy([predicted], [gold])
        assert float(tagger.metric.compute()) == pytest.approx(expected, abs=1e-4)
    tagger.metric.reset()
    with torch.no_grad():
        tagger.validation_step(batch([members[index] for index in order]), 0)
    assert float(tagger.metric.compute()) == pytest.approx(expected, abs=1e-4)
    assert tagger.logged["val/score"] is tagger.metric
    assert torch.isfinite(tagger.logged["val/loss"])


def test_validation_joins_pieces_before_it_scores(members):
    """An entity that lies across two pieces is one; unjoined, the lenient reading would count two."""
    tags = ("O", "B-PER", "I-PER")
    words = ["Anna-Maria", "Bernadette"]
    pieces = features([(words, ["B-PER", "I-PER"])], tiny().tokenizer, tags, max_len=15)
    assert len(pieces) == 2
    tagger = TokenTagging(
        tiny().backbone,
        tags=tags,
        metric=tagging_metric("f1"),
        optimizer=AdamWLinear(lr=1.0, total_steps=1),
    )
    tagger.log = lambda *args, **kwargs: None
    tagger.forward = lambda batch: torch.nn.functional.one_hot(batch["labels"].clamp(min=0), 3).float()
    tagger.validation_step(batch(pieces), 0)
    assert (int(tagger.metric.gold), int(tagger.metric.correct)) == (1, 1)


def test_validation_of_a_torn_sentence_is_refused(members):
    torn = [feature for feature in members if feature["first_word"] > 0][:1]
    with pytest.raises(ValueError, match="each piece must be predicted exactly once"):
        module().eval().validation_step(batch(torn), 0)


def test_predictions_carry_uid_and_place(members):
    tagger = module().eval()
    with torch.no_grad():
        pieces = tagger.predict_step(batch(members))
    assert [(piece["id"], piece["first_word"]) for piece in pieces] == [
        (feature["id"], feature["first_word"]) for feature in members
    ]
    words = [sum(label != IGNORE for label in feature["labels"]) for feature in members]
    assert [len(piece["tags"]) for piece in pieces] == words
    assert {tag for piece in pieces for tag in piece["tags"]} <= set(TAGS)


def test_a_loss_that_is_no_number_stops_training_and_names_the_sentences(members):
    tagger = module()
    together = batch(members[:2])
    with torch.no_grad():
        tagger.head.bias[0] = float("nan")
    tagger.training_step(together, 0)
    with pytest.raises(NonFiniteLossError, match=r"update 0: .* got nan; batch: en:s0, en:s1\."):
        tagger.training_step(together, 1)


def test_dropout_is_on_in_training_and_off_in_evaluation(members):
    tagger = module(dropout=0.5)
    together = batch(members)
    with torch.no_grad():
        assert not torch.equal(tagger.train()(together), tagger(together))
        assert torch.equal(tagger.eval()(together), tagger(together))


def test_a_new_head_has_small_weights_and_no_bias():
    torch.manual_seed(0)
    wide = TokenTagging(
        tiny(hidden_size=256).backbone,
        tags=[str(at) for at in range(100)],
        metric=tagging_metric("accuracy"),
        optimizer=AdamWLinear(lr=1.0, total_steps=1),
    )
    assert float(wide.head.weight.std().detach()) == pytest.approx(0.02, rel=0.02)
    assert not wide.head.bias.any()
    assert wide.dropout.p == 0.1


def test_two_modules_may_share_one_backbone():
    backbone = tiny().backbone
    shared = [
        TokenTagging(
            backbone, tags=tags, metric=tagging_metric("f1"), optimizer=AdamWLinear(lr=1.0, total_steps=1)
        )
        for tags in (TAGS, ("O", "B-PER"))
    ]
    assert shared[0].backbone is shared[1].backbone


def test_a_batch_without_tags_costs_nothing(members):
    tagger = module(dropout=0.0)
    untagged = batch(members)
    untagged["labels"] = torch.full_like(untagged["labels"], IGNORE)
    loss = tagger.loss(untagged)
    loss.backward()
    assert loss.item() == 0.0
    assert all(weight.grad is None or not weight.grad.any() for weight in tagger.parameters())


def test_a_batch_without_labels_has_scores_of_all_sub_words(members):
    tagger, labelled = module().train(), batch(members)
    tagger.dropout.p = 0.0
    for part in tagger.backbone.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    every = tagger({name: part for name, part in labelled.items() if name != "labels"})
    begins = labelled["labels"] != IGNORE
    torch.testing.assert_close(tagger(labelled)[begins], every[begins])
    mask = labelled["attention_mask"].bool()
    assert (every - tagger.head.bias)[mask & ~begins].any(1).all()
