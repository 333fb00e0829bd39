"""Encoders that cannot do a task are refused before anything is encoded."""

from functools import partial

import pytest
import torch
from transformers import (
    BertConfig,
    BloomConfig,
    DistilBertConfig,
    GPT2Config,
    LlamaConfig,
    ModernBertConfig,
    OpenAIGPTConfig,
    Qwen3Config,
    XLMRobertaConfig,
)

from tests.helpers.tasks import SMALL_SIZES, built_task, composed_task
from xtl.errors import BackboneError
from xtl.models import HFBackbone, tiny
from xtl.tasks.encoder_check import check_encoder, first_token_reads

_SIZES = {"vocab_size": 30, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2}


def _decoder():
    return HFBackbone.from_config(GPT2Config(**_SIZES, bos_token_id=0, eos_token_id=2))


@pytest.mark.parametrize(
    "settings",
    [
        ("pocket_nli",),
        ("pocket_choice",),
        ("pocket_qa", "target.unanswerable=true"),
        ("pocket_retrieval", "target.embedding.pooling=cls"),
        ("pocket_mining", "target.embedding.pooling=cls"),
    ],
    ids=" ".join,
)
def test_a_decoder_whose_first_token_would_stand_for_the_text(settings):
    task = composed_task(*settings, *SMALL_SIZES)
    with pytest.raises(BackboneError, match=rf"'{settings[0]}': expected an encoder whose tokens all see"):
        check_encoder(task, _decoder())
    check_encoder(task, tiny().backbone)


@pytest.mark.parametrize(
    "settings",
    [
        ("pocket_pos",),
        ("pocket_nli", "target.pooling=mean"),
        ("pocket_qa", "target.unanswerable=false"),
        ("pocket_retrieval", "target.embedding.pooling=mean"),
    ],
    ids=" ".join,
)
def test_a_decoder_whose_other_tokens_are_read(settings):
    check_encoder(composed_task(*settings, *SMALL_SIZES), _decoder())


def test_a_mixture_asks_what_its_members_ask():
    with pytest.raises(BackboneError, match="task 'pocket_nli'"):
        check_encoder(built_task("mixture"), _decoder())


def test_inputs_longer_than_the_positions():
    encoder = HFBackbone.from_config(XLMRobertaConfig(**_SIZES, max_position_embeddings=66))
    check_encoder(composed_task("pocket_pos", "target.max_len=64", *SMALL_SIZES), encoder)
    with pytest.raises(
        BackboneError,
        match=r"^pocket_pos\.max_len: inputs of 65 tokens: expected at most 64, .* lower max_len of the",
    ):
        check_encoder(composed_task("pocket_pos", "target.max_len=65", *SMALL_SIZES), encoder)


@pytest.mark.parametrize(
    ("config_class", "reads"),
    [
        (BertConfig, True),
        (XLMRobertaConfig, True),
        (ModernBertConfig, True),
        (DistilBertConfig, True),
        (GPT2Config, False),
        (OpenAIGPTConfig, False),
        (BloomConfig, False),
        (LlamaConfig, False),
        (partial(Qwen3Config, num_key_value_heads=2), False),
        (partial(Qwen3Config, num_key_value_heads=2, is_causal=False), True),  # as encoders are made of it
    ],
)
def test_what_the_first_token_reads_is_found_out(config_class, reads):
    special = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "intermediate_size": 8}
    backbone = HFBackbone.from_config(config_class(**_SIZES, **special))
    random_state = torch.get_rng_state()
    assert first_token_reads(backbone) is reads
    assert backbone.training
    assert torch.equal(torch.get_rng_state(), random_state)
    backbone.eval()
    states = [backbone(torch.tensor([[0, 7, last]]), torch.ones(1, 3, dtype=torch.int64)) for last in (8, 9)]
    assert torch.equal(states[0][:, 0], states[1][:, 0]) is not reads
