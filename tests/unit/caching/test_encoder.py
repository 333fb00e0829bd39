"""The pretrained encoder that cells share is read again when a file of its folder changes."""

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
