"""BERT's segments: what its own library computes of a pair, from the ids alone."""

import pytest
import torch
from transformers import (
    AlbertConfig,
    BertConfig,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    RobertaConfig,
)

from tests.helpers.segments import SIZES, bert_tokenizer, save_encoder
from xtl.models import HFBackbone, hub, tiny
from xtl.models.load import pretrained_digest
from xtl.models.segments import segment_ids, segment_separator

FIRST, SECOND = ["a b c", "a", "b b"], ["d", "c d e", ""]


@pytest.mark.parametrize("config_class", [BertConfig, ElectraConfig, AlbertConfig])
def test_states_of_pairs_are_those_that_the_library_computes(tmp_path, config_class):
    tokenizer = save_encoder(tmp_path, config_class)
    backbone = hub(str(tmp_path)).backbone.eval()
    for inputs, has_two in ((tokenizer(FIRST, SECOND), True), (tokenizer(FIRST), False)):
        batch = tokenizer.pad(inputs, return_tensors="pt")
        assert bool(batch["token_type_ids"].any()) == has_two
        expected = backbone.encoder(**batch).last_hidden_state
        ids, mask = batch["input_ids"], batch["attention_mask"]
        read = mask.bool()
        torch.testing.assert_close(backbone(ids, mask)[read], expected[read])
        torch.testing.assert_close(backbone.all_states(ids, mask)[-1][read], expected[read])
        assert torch.equal(segment_ids(ids, backbone.separator), batch["token_type_ids"])  # padding too


def test_a_block_of_raw_text_is_one_segment():
    lines = torch.tensor([[2, 7, 3, 8, 3, 9, 3], [2, 7, 7, 7, 7, 7, 3]])  # of three lines, and of one
    assert not segment_ids(lines, 3).any()


@pytest.mark.parametrize(
    ("config_class", "settings"),
    [
        (RobertaConfig, {**SIZES, "type_vocab_size": 1}),
        (DistilBertConfig, {"n_layers": 2, "n_heads": 2, "hidden_dim": 16, "dim": 8}),
        (DebertaV2Config, SIZES),  # none, as the multilingual one
        (BertConfig, {**SIZES, "type_vocab_size": 1}),
    ],
)
def test_an_encoder_without_segments_has_no_separator(tmp_path, config_class, settings):
    save_encoder(tmp_path, config_class, **settings)
    assert hub(str(tmp_path)).backbone.separator is None


def test_a_tokenizer_that_tells_no_segments_apart_asks_for_none(tmp_path):
    tokenizer = bert_tokenizer(tmp_path)
    encoder = HFBackbone.from_config(BertConfig(vocab_size=len(tokenizer), **SIZES)).encoder
    assert segment_separator(encoder, tokenizer) == tokenizer.sep_token_id
    assert segment_separator(encoder, tiny().tokenizer) is None


def test_the_digest_of_a_backbone_knows_its_segments(tmp_path):
    save_encoder(tmp_path)
    pretrained = hub(str(tmp_path))
    with_segments = pretrained_digest(pretrained, "hub", path=str(tmp_path))
    pretrained.backbone.separator = None  # as older versions trained it
    assert pretrained_digest(pretrained, "hub", path=str(tmp_path)) != with_segments
