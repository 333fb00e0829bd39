"""Config files of run folders."""

import pytest
from omegaconf import OmegaConf

from tests.helpers.cells import composed_cell
from xtl.config import dump

MEMBERS = ("intermediate=mixture", "intermediate.tasks=[pocket_nli,pocket_text]")


@pytest.mark.parametrize(
    "overrides",
    [
        ("target=pocket_pos", "tracking.group='no'", "data.seed=7"),
        ("target=pocket_pos", *MEMBERS),
        ("target=panx", "intermediate=mnli", "data.root=/", 'tracking.group="été № 1"'),
    ],
    ids=["no as text", "members", "words beyond ASCII"],
)
def test_the_text_is_that_of_omegaconf(overrides):
    config = composed_cell("backbone=tiny", *overrides)
    assert dump(config) == OmegaConf.to_yaml(OmegaConf.structured(config))
