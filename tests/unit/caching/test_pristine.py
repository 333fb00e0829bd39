"""Weights of an encoder that are put back after training: exactly, without a copy where a file has them."""

import shutil

import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import load_file, save_file
from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM

from xtl.caching.pristine import PristineWeights
from xtl.errors import BackboneError
from xtl.models import HFBackbone, Tuning, from_folder, tiny, tuned

COMMIT = "0123456789" * 4


@pytest.fixture
def folder(tmp_path):
    tiny(seed=3).save(tmp_path / "mine")
    return tmp_path / "mine"


def values(backbone):
    return {name: weight.clone() for name, weight in backbone.state_dict().items()}


def spoil(backbone):
    """Change all weights in place, as training does."""
    with torch.no_grad():
        for weight in backbone.parameters():
            weight.add_(1.0)


def differing(backbone, expected):
    """Names of weights that are other ones than expected."""
    found = values(backbone)
    assert found.keys() == expected.keys()
    return [name for name, weight in found.items() if not torch.equal(weight, expected[name])]


def check_put_back(backbone, pristine, expected):
    parameters = dict(backbone.named_parameters())
    spoil(backbone)
    pristine.put_back(backbone)
    assert {
        name: weight is parameters[name] for name, weight in backbone.named_parameters()
    } == dict.fromkeys(parameters, True)
    found = values(backbone)
    assert found.keys() == expected.keys()
    assert [name for name, weight in found.items() if not torch.equal(weight, expected[name])] == []


def test_what_a_folder_has_is_not_copied(folder):
    backbone = from_folder(folder).backbone
    expected, pristine = values(backbone), PristineWeights(backbone)
    assert pristine.num_copied == 0
    check_put_back(backbone, pristine, expected)
    check_put_back(backbone, pristine, expected)


def test_what_the_hub_s_cache_has_is_not_copied(folder, tmp_path, monkeypatch):
    repository = tmp_path / "hub" / "models--me--mine"
    shutil.copytree(folder, repository / "snapshots" / COMMIT)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    backbone = HFBackbone.from_pretrained("me/mine")
    expected, pristine = values(backbone), PristineWeights(backbone)
    assert pristine.num_copied == 0
    check_put_back(backbone, pristine, expected)


def test_what_has_no_file_is_copied():
    backbone = tiny().backbone
    expected, pristine = values(backbone), PristineWeights(backbone)
    assert pristine.num_copied == sum(weight.nbytes for weight in expected.values())
    check_put_back(backbone, pristine, expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_an_encoder_inside_a_model_with_a_head_is_found_in_several_files(tmp_path, dtype):
    config = XLMRobertaConfig(
        vocab_size=300, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48
    )
    XLMRobertaForMaskedLM(config).to(dtype).save_pretrained(tmp_path, max_shard_size="30KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 2
    backbone = HFBackbone.from_pretrained(tmp_path)
    expected, pristine = values(backbone), PristineWeights(backbone)
    assert pristine.num_copied == 0
    check_put_back(backbone, pristine, expected)


def test_a_weight_that_is_another_one_in_the_file_is_copied(folder):
    backbone = from_folder(folder).backbone
    changed = "encoder.embeddings.LayerNorm.bias"
    with torch.no_grad():
        backbone.state_dict()[changed].add_(0.5)
    expected, pristine = values(backbone), PristineWeights(backbone)
    assert pristine.num_copied == expected[changed].nbytes
    check_put_back(backbone, pristine, expected)


def test_a_weight_that_the_file_lacks_is_copied(folder):
    backbone = from_folder(folder).backbone
    path = folder / "model.safetensors"
    stored = load_file(path)
    del stored["embeddings.LayerNorm.bias"]
    other = folder / "other"  # put in place in one step: the encoder may read its weights from the file
    save_file({name: weight.clone() for name, weight in stored.items()}, other)
    other.replace(path)
    expected, pristine = values(backbone), PristineWeights(backbone)
    assert pristine.num_copied == expected["encoder.embeddings.LayerNorm.bias"].nbytes
    check_put_back(backbone, pristine, expected)


def test_blocks_that_an_adapter_has_made_wider_are_as_wide_as_before(folder):
    backbone = from_folder(folder).backbone
    expected, pristine = values(backbone), PristineWeights(backbone)
    with tuned(backbone, Tuning(name="adapter", units=7)):
        pass
    assert values(backbone).keys() == expected.keys()
    assert any(weight.shape != expected[name].shape for name, weight in values(backbone).items())
    pristine.put_back(backbone)
    assert [
        name for name, weight in values(backbone).items() if not torch.equal(weight, expected[name])
    ] == []


def test_weights_that_are_gone_are_named(folder):
    backbone = from_folder(folder).backbone
    pristine = PristineWeights(backbone)
    shutil.rmtree(folder)
    with pytest.raises(BackboneError, match=r"model\.safetensors: expected the weights of the encoder"):
        pristine.put_back(backbone)


def test_another_encoder_is_refused(folder):
    pristine = PristineWeights(from_folder(folder).backbone)
    with pytest.raises(BackboneError, match="expected an encoder with the weights it was loaded with"):
        pristine.put_back(tiny(num_layers=1).backbone)
