"""How long an input may be."""

import pytest
import torch
from transformers import (
    BartConfig,
    BartModel,
    BertConfig,
    BertForMaskedLM,
    DebertaV2Config,
    ModernBertConfig,
    MPNetConfig,
    RobertaConfig,
    T5Config,
    T5EncoderModel,
    XLMRobertaConfig,
)

from xtl.errors import BackboneError
from xtl.models import HFBackbone

_SIZES = {
    "vocab_size": 30, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
    "intermediate_size": 8, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2,
}  # fmt: skip


def _backbone(config_class, **settings):
    return HFBackbone.from_config(config_class(**_SIZES, **settings)).eval()


@pytest.mark.parametrize(
    ("config_class", "longest"),
    [
        (BertConfig, 12),
        (RobertaConfig, 10),  # two of the positions stand before the first token's
        (XLMRobertaConfig, 10),
        (MPNetConfig, 10),
    ],
)
def test_an_input_may_be_as_long_as_the_table_of_positions_and_no_longer(config_class, longest):
    backbone = _backbone(config_class, max_position_embeddings=12)
    assert backbone.max_positions == longest
    ids = torch.full((1, longest), 7)
    assert backbone(ids, torch.ones_like(ids)).isfinite().all()
    ids = torch.full((1, longest + 1), 7)
    message = rf"of {longest + 1} tokens: expected at most {longest}, .* lower max_len"
    with pytest.raises(BackboneError, match=message):
        backbone(ids, torch.ones_like(ids))


@pytest.mark.parametrize("config_class", [ModernBertConfig, DebertaV2Config])
def test_computed_positions_have_no_end(config_class):
    settings = {"position_biased_input": False, "relative_attention": True}  # of DeBERTa
    assert _backbone(config_class, max_position_embeddings=12, **settings).max_positions is None


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: BertForMaskedLM(BertConfig(**_SIZES)),
         "without a head, got BertForMaskedLM; pass model.base_model"),
        (lambda: BartModel(BartConfig(**_SIZES, d_model=8, encoder_layers=1, decoder_layers=1,
                                      encoder_attention_heads=2, decoder_attention_heads=2)),
         "expected an encoder alone, got BartModel, which has a decoder"),
    ],
    ids=["a head", "a decoder"],
)  # fmt: skip
def test_a_model_that_is_no_bare_encoder_is_refused(build, message):
    with pytest.raises(TypeError, match=message):
        HFBackbone(build())


def test_the_encoder_of_a_model_with_a_decoder_is_taken():
    config = T5Config(vocab_size=30, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)
    ids = torch.tensor([[3, 4, 5]])
    assert HFBackbone(T5EncoderModel(config))(ids, torch.ones_like(ids)).shape == (1, 3, 8)
