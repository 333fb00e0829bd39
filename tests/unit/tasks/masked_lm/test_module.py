"""Masked language modelling: what is hidden, the tied head, and that batches change nothing."""

import pytest
import torch
from transformers import XLMRobertaForMaskedLM

from xtl.metrics import MaskedAccuracy
from xtl.models import hub, tiny
from xtl.models.load import weights_digest
from xtl.modules.optim import AdamWLinear
from xtl.tasks.masked_lm.collate import MaskedLMCollator
from xtl.tasks.masked_lm.encode import pack_lines
from xtl.tasks.masked_lm.masking import mask_by_name, mask_tokens
from xtl.tasks.masked_lm.module import MaskedLM
from xtl.tasks.masked_lm.types import PackIds
from xtl.types import IGNORE, ExampleId

IDS = PackIds(begin=0, end=2, mask=9, vocab_size=10)


def lines(*ids, lang="en"):
    return [(ExampleId(lang, f"t/{at}"), line) for at, line in enumerate(ids)]


def test_packing_loses_no_token_and_closes_each_line():
    blocks = list(pack_lines(lines([3, 4, 5], [], [6, 7, 8, 3], [4]), ids=IDS, max_len=4))
    assert [block["input_ids"] for block in blocks] == [
        [0, 3, 4, 5],
        [0, 2, 6, 7],
        [0, 8, 3, 2],
        [0, 4, 2],
    ]
    assert [block["id"].uid for block in blocks] == ["t/0#0", "t/0#1", "t/2#2", "t/3#3"]
    text = [
        id_
        for block in blocks
        for id_, kind in zip(block["input_ids"], block["maskable"], strict=True)
        if kind
    ]
    assert text == [3, 4, 5, 6, 7, 8, 3, 4]


def test_a_block_has_one_language():
    of_both = [*lines([3, 4], [5]), *lines([7], lang="de")]
    blocks = list(pack_lines(of_both, ids=IDS, max_len=10))
    assert [block["input_ids"] for block in blocks] == [[0, 3, 4, 2, 5, 2], [0, 7, 2]]


def test_shares_of_hidden_tokens():
    ids = torch.full((100, 1000), 7)
    maskable = torch.ones_like(ids)
    maskable[:, 0] = 0
    read, target = mask_tokens(ids, maskable, share=0.15, mask_id=9, vocab_size=6)
    drawn = target != IGNORE
    assert not drawn[:, 0].any()
    assert (target[drawn] == 7).all()
    assert drawn[:, 1:].float().mean().item() == pytest.approx(0.15, abs=0.005)
    kinds = {name: (read[drawn] == id_).float().mean().item() for name, id_ in (("mask", 9), ("kept", 7))}
    assert kinds == pytest.approx({"mask": 0.8, "kept": 0.1}, abs=0.01)
    assert (read[drawn] < 6).float().mean().item() == pytest.approx(0.1, abs=0.01)
    assert torch.equal(read[~drawn], ids[~drawn])


def test_each_reading_hides_other_tokens_and_an_evaluation_the_same():
    ids, maskable = torch.full((2, 200), 7), torch.ones(2, 200, dtype=torch.int64)
    settings = {"share": 0.15, "mask_id": 9, "vocab_size": 10}
    first, second = (mask_tokens(ids, maskable, **settings)[1] for _ in range(2))
    assert not torch.equal(first, second)
    fixed = mask_by_name(ids, maskable, ["a", "b"], **settings)
    swapped = mask_by_name(ids, maskable, ["b", "a"], **settings)
    assert torch.equal(fixed[0][0], swapped[0][1])
    assert not torch.equal(fixed[0][0], fixed[0][1])
    padded = torch.cat([maskable, torch.zeros(2, 9, dtype=torch.int64)], dim=1)
    longer = mask_by_name(
        torch.cat([ids, torch.ones(2, 9, dtype=torch.int64)], dim=1), padded, ["a", "b"], **settings
    )
    assert torch.equal(longer[0][:, :200], fixed[0])
    assert (longer[1][:, 200:] == IGNORE).all()


def module_and_batch():
    pretrained = tiny()
    tokenizer = pretrained.tokenizer
    texts = ["The dog sees the house.", "Ein Haus.", "कुत्ता घर देखता है।"]
    ids = tokenizer(texts, add_special_tokens=False)["input_ids"]
    special = PackIds(begin=0, end=2, mask=tokenizer.mask_token_id, vocab_size=len(tokenizer))
    features = list(pack_lines(lines(*ids), ids=special, max_len=24))
    module = MaskedLM(
        pretrained.backbone, metric=MaskedAccuracy(), optimizer=AdamWLinear(lr=1e-3, total_steps=9), share=0.5
    )
    return module, MaskedLMCollator(pad_id=tokenizer.pad_token_id)(features)


def test_the_head_is_the_whole_table_and_trains_all_of_it():
    module, batch = module_and_batch()
    table = module.backbone.encoder.get_input_embeddings().weight
    names = [name for name, _ in module.head.named_parameters()]
    assert names == ["bias", "dense.weight", "dense.bias", "norm.weight", "norm.bias"]
    read, target = batch["input_ids"].clone(), torch.full_like(batch["input_ids"], IGNORE)
    target[0, 1] = read[0, 1]
    assert module(read, batch["attention_mask"], target).shape == (1, module.backbone.vocab_size)
    module.loss(batch).backward()
    never_read = sorted(set(range(len(table))) - set(batch["input_ids"].flatten().tolist()))
    assert (table.grad[never_read].abs().sum(1) > 0).all()


def test_without_a_hidden_token_the_loss_is_zero():
    module, batch = module_and_batch()
    batch["maskable"] = torch.zeros_like(batch["maskable"])
    assert module.loss(batch).item() == 0
    module.eval()
    with torch.inference_mode():
        found = module.predict_step(batch)
    assert {(one["hidden"], one["right"], one["loss"]) for one in found} == {(0, 0, 0.0)}


def test_validation_counts_what_predictions_count():
    module, batch = module_and_batch()
    module.eval()
    with torch.inference_mode():
        module.validate(batch)
        found = module.predict_step(batch)
    right, hidden = sum(one["right"] for one in found), sum(one["hidden"] for one in found)
    assert hidden > 10
    assert module.metric.compute().item() == pytest.approx(100 * right / hidden)


@pytest.fixture(scope="module")
def with_head(tmp_path_factory):
    """A whole masked language model, as the hub has XLM-R, in a folder."""
    folder = tmp_path_factory.mktemp("xlmr")
    pretrained = tiny()
    pretrained.tokenizer.save_pretrained(folder)
    torch.manual_seed(3)
    model = XLMRobertaForMaskedLM(pretrained.backbone.encoder.config).eval()
    for weight in model.lm_head.parameters():
        torch.nn.init.normal_(weight)
    model.save_pretrained(folder)
    return model, folder


def test_it_starts_from_the_head_of_the_checkpoint_with_the_same_scores(with_head):
    model, folder = with_head
    backbone = hub(str(folder)).backbone
    module = MaskedLM(backbone, metric=MaskedAccuracy(), optimizer=AdamWLinear(lr=1e-3, total_steps=1)).eval()
    ids = torch.randint(4, 500, (3, 20))
    target = torch.full_like(ids, IGNORE)
    target[:, 5:9] = 1
    with torch.no_grad():
        ours = module(ids, torch.ones_like(ids), target)
        theirs = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[target != IGNORE]
    assert torch.allclose(ours, theirs, atol=1e-5)


def test_an_encoder_alone_gets_a_new_head(with_head, tmp_path):
    _, folder = with_head
    hub(str(folder)).save(tmp_path)
    assert hub(str(tmp_path)).backbone.language_head is None


def test_the_head_of_the_checkpoint_decides_the_key(with_head, tmp_path):
    _, folder = with_head
    whole = hub(str(folder))
    whole.save(tmp_path)
    assert weights_digest(whole.backbone) != weights_digest(hub(str(tmp_path)).backbone)
