"""Vectors of sentence-transformers beside those of the module, and the encoder cut to a layer."""

import json

import pytest
import torch
import transformers
from transformers import AutoModel, AutoTokenizer

from tests.helpers.exports import LANGS, answers, examples_of, exported
from xtl.errors import ConfigError
from xtl.export.sentence_folder import cut_encoder, sentence_vectors, write_sentence_model
from xtl.models import HFBackbone, from_folder, tiny_tokenizer
from xtl.tasks.retrieval.types import Sentence

WAYS = (
    ("embedding.layer=last", "embedding.pooling=mean", "embedding.prefix='query: '"),
    ("embedding.layer=1", "embedding.pooling=cls"),
    ("embedding.layer=0", "embedding.pooling=mean"),
    ("embedding.layer=benchmark",),
)


def way(settings):
    return [f"target.{setting}" for setting in settings]


def sentences():
    return [entry.text for entry in examples_of("pocket_retrieval", langs=("de", *LANGS[1:]))]


def own_vectors(model, texts):
    """What xtl-predict gives."""
    examples = [Sentence(uid=f"s{number}", lang="", text=text) for number, text in enumerate(texts)]
    return torch.stack([torch.as_tensor(record["vector"]) for record in answers(model, examples)])


def made(settings, folder):
    model, export, _ = exported("pocket_retrieval", folder, *way(settings))
    write_sentence_model(model, export, folder)
    return model, export


@pytest.mark.parametrize("settings", WAYS)
def test_the_folder_gives_the_vectors_of_the_run(settings, tmp_path):
    """Read by its own words: encoder, pooling, prompt."""
    model, export = made(settings, tmp_path)
    prompts = json.loads((tmp_path / "config_sentence_transformers.json").read_text())
    prefix = prompts["prompts"].get(prompts["default_prompt_name"], "")
    assert prefix == export.prefix == ("query: " if "prefix" in settings[-1] else "")
    pooling = json.loads((tmp_path / "1_Pooling" / "config.json").read_text())
    assert [mode for mode, chosen in pooling.items() if chosen is True and mode.startswith("pooling")] == [
        "pooling_mode_cls_token" if export.pooling == "cls" else "pooling_mode_mean_tokens"
    ]
    length = json.loads((tmp_path / "sentence_bert_config.json").read_text())["max_seq_length"]
    assert length == model.task.config.max_len
    encoder, tokenizer = AutoModel.from_pretrained(tmp_path).eval(), AutoTokenizer.from_pretrained(tmp_path)
    assert encoder.config.num_hidden_layers == export.layer
    texts = [*sentences(), "a <s> b", "x" * 1000]
    batch = tokenizer(
        [prefix + text for text in texts],
        padding=True,
        truncation=True,
        max_length=length,
        return_tensors="pt",
    )
    with torch.inference_mode():
        vectors = sentence_vectors(encoder, batch, export.pooling)
    torch.testing.assert_close(vectors, own_vectors(model, texts), atol=1e-5, rtol=0)


@pytest.mark.parametrize("settings", WAYS)
def test_sentence_transformers_gives_the_vectors_of_the_run(settings, tmp_path):
    library = pytest.importorskip("sentence_transformers")
    model, _ = made(settings, tmp_path)
    texts = [*sentences(), "a <s> b", "x" * 1000]
    loaded = library.SentenceTransformer(str(tmp_path), device="cpu")
    expected = own_vectors(model, texts)
    for encode in (loaded.encode, loaded.encode_query, loaded.encode_document):
        vectors = torch.from_numpy(encode(texts))
        torch.testing.assert_close(vectors, expected, atol=1e-5, rtol=0)


def test_an_exported_folder_is_a_backbone(tmp_path):
    model, export = made(WAYS[1], tmp_path)
    pretrained = from_folder(tmp_path)
    assert pretrained.backbone.num_layers == export.layer == 1
    weights = model.module.backbone.state_dict()
    assert all(torch.equal(weight, weights[key]) for key, weight in pretrained.backbone.state_dict().items())


def test_a_mean_without_special_tokens_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="expected a mean over all tokens"):
        made(("embedding.special_tokens=false",), tmp_path)


def test_an_encoder_with_a_norm_behind_its_last_block_is_cut_nowhere():
    config = transformers.ModernBertConfig(
        vocab_size=len(tiny_tokenizer()), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=48, pad_token_id=1, cls_token_id=0, sep_token_id=2,
    )  # fmt: skip
    backbone = HFBackbone.from_config(config)
    with torch.no_grad():
        backbone.encoder.final_norm.weight += 0.5
    with pytest.raises(ConfigError, match=r"expected ModernBertModel cut to 1 blocks"):
        cut_encoder(backbone, 1)
    assert cut_encoder(backbone, 2) is backbone.encoder
