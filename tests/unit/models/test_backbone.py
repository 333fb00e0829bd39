import json

import pytest
import transformers
from safetensors.torch import load_file, save_file
from transformers import BertConfig

from xtl.errors import BackboneError
from xtl.models import HFBackbone, from_folder, hub, tiny


@pytest.fixture
def saved(tmp_path):
    tiny().save(tmp_path / "saved")
    return tmp_path / "saved"


def test_a_missing_folder(tmp_path):
    with pytest.raises(BackboneError, match="gone: expected a folder with a saved encoder, found none"):
        from_folder(tmp_path / "gone")


def test_a_repository_that_cannot_be_reached_says_what_to_do():
    with pytest.raises(BackboneError) as caught:
        hub("some-organisation/some-encoder")
    message = str(caught.value)
    assert (
        "backbone some-organisation/some-encoder: expected a folder with config.json and model.safetensors"
        in message
    )
    assert "hf download NAME" in message
    assert "backbone=e5_small" in message
    assert "\n" not in message


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors"])
def test_a_folder_that_is_not_whole(saved, missing):
    (saved / missing).unlink()
    with pytest.raises(
        BackboneError, match=r"saved: expected a folder with config\.json and model\.safetensors"
    ):
        from_folder(saved)


@pytest.mark.parametrize("text", ["{", json.dumps({"model_type": "no-such-model"})])
def test_a_config_that_cannot_be_read(saved, text):
    (saved / "config.json").write_text(text)
    with pytest.raises(BackboneError, match=r"saved: expected a folder with config\.json"):
        from_folder(saved)


def test_a_damaged_tokenizer(saved):
    (saved / "tokenizer.json").write_text("{")
    with pytest.raises(BackboneError, match="saved: its tokenizer cannot be loaded"):
        from_folder(saved)


def test_pickled_weights_are_not_read(saved):
    (saved / "model.safetensors").rename(saved / "pytorch_model.bin")
    with pytest.raises(BackboneError, match=r"model\.safetensors"):
        HFBackbone.from_pretrained(saved)


def test_other_architectures_have_no_pooler_either():
    config = BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    backbone = HFBackbone.from_config(config)
    assert not [name for name, _ in backbone.named_parameters() if "pooler" in name]


def test_weights_that_are_missing_are_not_made_up(tmp_path):
    tiny().save(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    kept = {name: weight for name, weight in weights.items() if ".layer.1." not in name}
    save_file(kept, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(BackboneError, match=r"expected all weights of the encoder, 16 are missing"):
        from_folder(tmp_path)


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda data: b"garbage" * 100])
def test_a_damaged_weights_file_is_refused(tmp_path, damage):
    tiny().save(tmp_path)
    path = tmp_path / "model.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(BackboneError, match="whole and of one model"):
        from_folder(tmp_path)


def test_weights_of_another_shape_are_refused(tmp_path):
    tiny().save(tmp_path)
    path = tmp_path / "config.json"
    path.write_text(path.read_text().replace('"vocab_size": 1605', '"vocab_size": 1700'))
    with pytest.raises(BackboneError, match="whole and of one model"):
        from_folder(tmp_path)


def test_a_folder_without_its_tokenizer_is_refused(tmp_path):
    tiny().save(tmp_path)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).unlink()
    with pytest.raises(BackboneError, match="tokenizer"):
        from_folder(tmp_path)


def test_a_model_with_a_decoder_and_a_tokenizer_without_padding_are_refused(tmp_path):
    transformers.T5Config(d_model=32, num_layers=2).save_pretrained(tmp_path / "t5")
    with pytest.raises(BackboneError, match=r"expected an encoder, got one with a decoder \(t5\)"):
        HFBackbone.from_pretrained(tmp_path / "t5")
    pretrained = tiny()
    pretrained.save(tmp_path / "own")
    plain = transformers.PreTrainedTokenizerFast(tokenizer_object=pretrained.tokenizer.backend_tokenizer)
    plain.save_pretrained(tmp_path / "own")
    with pytest.raises(BackboneError, match="expected a tokenizer with a padding token, got none"):
        from_folder(tmp_path / "own")
