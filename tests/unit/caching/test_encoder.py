"""The pretrained encoder that cells share is read again when a file of its folder changes."""

import pytest
import torch

from xtl.caching.encoder import EncoderCache
from xtl.models import tiny
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
