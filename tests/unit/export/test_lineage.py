"""What a card says an exported model began from."""

import pytest

from xtl.export.lineage import _base_model
from xtl.schemas.backbone import BackboneConfig


@pytest.mark.parametrize(
    ("path", "expected"),
    [("FacebookAI/xlm-roberta-base", "FacebookAI/xlm-roberta-base"), ("/models/gone", ""), ("~/gone", "")],
)
def test_a_folder_is_no_base_model_on_the_hub_also_where_it_is_gone(path, expected):
    assert _base_model(BackboneConfig(name="mine", source="hub", path=path)) == expected
