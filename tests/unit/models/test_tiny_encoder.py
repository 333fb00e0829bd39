import pytest
import torch

from tests.helpers.factories import SPECIAL
from xtl.models import from_folder, tiny

IDS = torch.tensor([[0, 40, 41, 42, 2], [0, 77, 78, 79, 2]])


def states(backbone, ids, mask=None):
    with torch.no_grad():
        return backbone.eval()(ids, torch.ones_like(ids) if mask is None else mask)


def test_weights_depend_on_the_seed_alone():
    torch.manual_seed(1)
    first = tiny().backbone
    torch.manual_seed(2)
    again, other = tiny().backbone, tiny(seed=1).backbone
    weights = [dict(backbone.named_parameters()) for backbone in (first, again, other)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    name = "encoder.embeddings.word_embeddings.weight"
    assert not torch.equal(weights[0][name], weights[2][name])


def test_building_leaves_the_callers_random_state_alone():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    tiny()
    assert torch.equal(torch.rand(3), expected)


def test_sizes_train_mode_and_precision():
    backbone = tiny(hidden_size=64, num_layers=3).backbone
    assert (backbone.hidden_size, backbone.num_layers) == (64, 3)
    assert backbone.vocab_size == len(tiny().tokenizer)
    assert all(module.training for module in backbone.modules())
    assert {parameter.dtype for parameter in backbone.parameters()} == {torch.float32}
    assert states(backbone, IDS).shape == (2, 5, 64)


def test_there_is_no_pooler():
    assert not [name for name, _ in tiny().backbone.named_parameters() if "pooler" in name]


def test_every_weight_gets_a_gradient():
    # One that did not would break distributed training.
    backbone = tiny().backbone
    backbone(IDS, torch.ones_like(IDS)).sum().backward()
    assert [name for name, weight in backbone.named_parameters() if weight.grad is None] == []


@pytest.mark.parametrize("extra", [1, 7, 100])
def test_padding_changes_no_state(extra):
    backbone = tiny().backbone
    padded = torch.nn.functional.pad(IDS, (0, extra), value=1)
    mask = (torch.arange(5 + extra) < 5).long().expand(2, -1)
    assert torch.allclose(states(backbone, IDS), states(backbone, padded, mask)[:, :5], atol=1e-5)


def test_other_sentences_of_the_batch_change_no_state():
    backbone = tiny().backbone
    alone = torch.cat([states(backbone, IDS[:1]), states(backbone, IDS[1:])])
    assert torch.allclose(states(backbone, IDS), alone, atol=1e-5)


def test_position_matters():
    backbone = tiny().backbone
    twice = states(backbone, torch.tensor([[0, 40, 40, 2]]))
    assert not torch.allclose(twice[0, 1], twice[0, 2], atol=1e-3)


def test_a_saved_backbone_is_the_same_after_loading(tmp_path):
    pretrained = tiny(seed=3)
    pretrained.save(tmp_path)
    loaded = from_folder(tmp_path)
    assert loaded.backbone.training
    assert {parameter.dtype for parameter in loaded.backbone.parameters()} == {torch.float32}
    assert torch.equal(states(pretrained.backbone, IDS), states(loaded.backbone, IDS))
    words = ["Straße", "कुत्ता", "北京", "don't", "\u200b"]
    for tokenize in (pretrained.tokenizer, loaded.tokenizer):
        assert tokenize(words)["input_ids"] == pretrained.tokenizer(words)["input_ids"]


def test_half_precision_on_disk_is_float32_in_memory(tmp_path):
    pretrained = tiny()
    pretrained.backbone.half()
    pretrained.save(tmp_path)
    loaded = from_folder(tmp_path).backbone
    assert {parameter.dtype for parameter in loaded.parameters()} == {torch.float32}


def test_the_tokenizer_has_xlm_rs_special_ids():
    tokenizer = tiny().tokenizer
    assert (tokenizer.bos_token_id, tokenizer.pad_token_id, tokenizer.eos_token_id) == (0, 1, 2)
    assert tokenizer.unk_token_id == SPECIAL.unknown
    ids = tokenizer("ab", "c")["input_ids"]
    # <s> A </s></s> B </s>
    assert [ids[0], ids[-1], ids.count(0), ids.count(2)] == [0, 2, 1, 3]


@pytest.mark.parametrize("word", ["Haus", "νερό", "дом", "بيت", "घर", "北京", "บ้าน", "😀"])
def test_no_word_of_any_script_is_lost(word):
    ids = tiny().tokenizer(word, add_special_tokens=False)["input_ids"]
    assert len(ids) > 1
    assert SPECIAL.unknown not in ids
