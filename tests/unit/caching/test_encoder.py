"""The pretrained encoder that cells share is read again when a file of its folder changes."""

import json
import shutil

import pytest
import torch

from xtl.caching.encoder import EncoderCache
from xtl.models import from_folder, tiny
from xtl.models.load import load_backbone, pretrained_digest, weights_digest
from xtl.schemas.backbone import BackboneConfig


def test_other_weights_in_the_same_folder_are_read(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    cache, config = EncoderCache(), BackboneConfig(name="mine", source="hub", path="~/mine")
    tiny(seed=0).save(tmp_path / "mine")
    pretrained, digest = cache.pretrained(config)
    again, same_digest = cache.pretrained(config)
    assert (again is pretrained, same_digest) == (True, digest)
    tiny(seed=1).save(tmp_path / "mine")
    assert cache.pretrained(config)[1] != digest


def half_changed(backbone):
    backbone.encoder.encoder.layer[0].attention.self.query = torch.nn.ModuleDict()


def of_another_shape(backbone):
    backbone.encoder.encoder.layer[0].attention.self.query = torch.nn.Linear(7, 7)


@pytest.mark.parametrize("spoil", [half_changed, of_another_shape])
def test_an_encoder_that_a_cell_left_in_pieces_is_loaded_again(spoil):
    cache, config = EncoderCache(), BackboneConfig(name="tiny", source="tiny")
    pretrained, digest = cache.pretrained(config)
    expected = {name: weight.clone() for name, weight in pretrained.backbone.state_dict().items()}
    spoil(pretrained.backbone)
    again, same_digest = cache.pretrained(config)
    assert same_digest == digest
    state = again.backbone.state_dict()
    assert state.keys() == expected.keys()
    assert all(torch.equal(weight, state[name]) for name, weight in expected.items())
    assert cache.pretrained(config)[0] is again


def digest(folder):
    return EncoderCache().pretrained(BackboneConfig(name="mine", source="hub", path=str(folder)))[1]


def change(path, **values):
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}, indent=1))


@pytest.fixture
def folder(tmp_path):
    tiny().save(tmp_path / "mine")
    return tmp_path / "mine"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("config.json", {"hidden_dropout_prob": 0.5}),
        ("config.json", {"layer_norm_eps": 1e-3}),
        ("tokenizer.json", {"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}]}}),
        ("tokenizer_config.json", {"mask_token": "<unk>"}),
    ],
)
def test_the_same_weights_with_another_config_or_tokenizer_are_another_encoder(folder, name, values):
    before = digest(folder)
    change(folder / name, **values)
    assert digest(folder) != before


def test_what_transformers_writes_by_itself_is_no_part_of_an_encoder(folder, tmp_path):
    before = digest(folder)
    for name, values in {
        "config.json": {"transformers_version": "4.1", "torch_dtype": "float16", "_name_or_path": "/a"},
        "tokenizer_config.json": {"is_local": True, "name_or_path": "/b", "model_max_length": 9},
        "tokenizer.json": {"truncation": None},
    }.items():
        change(folder / name, **values)
    assert digest(folder) == before
    from_folder(folder).save(tmp_path / "again")
    assert digest(tmp_path / "again") == digest(shutil.copytree(folder, tmp_path / "copy")) == before


def test_a_version_of_transformers_with_more_settings_gives_the_same_digest(folder):
    pretrained = load_backbone("hub", path=str(folder))
    before = pretrained_digest(pretrained, "hub", path=str(folder))
    pretrained.backbone.encoder.config.new_setting = 1
    pretrained.tokenizer("Ab", truncation=True, max_length=3)
    assert pretrained_digest(pretrained, "hub", path=str(folder)) == before == digest(folder)


def test_a_tokenizer_of_another_format_counts_as_it_was_loaded(folder):
    pretrained = load_backbone("hub", path=str(folder))
    (folder / "tokenizer.json").unlink()
    before = pretrained_digest(pretrained, "hub", path=str(folder))
    pretrained.tokenizer.backend_tokenizer.normalizer = None
    assert pretrained_digest(pretrained, "hub", path=str(folder)) != before


def test_encoders_that_come_with_a_package_keep_the_keys_of_their_phases():
    config = BackboneConfig(name="tiny", source="tiny")
    assert EncoderCache().pretrained(config)[1] == weights_digest(tiny().backbone)
