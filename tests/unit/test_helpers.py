"""What tests lean on: compositions of files that are kept are Hydra's own."""

import pytest

from tests.helpers.compose import compose, compose_member
from xtl import config
from xtl.config import members
from xtl.errors import ConfigError

OVERRIDES = [
    ["target=panx", "backbone=tiny", "target.langs=[de,sw]", "+recipe.tasks.panx={lr: 1e-3}"],
    ["target=tydiqa", "~target.rows.id", "+target.rows.di='{name}-*'", "data.source=hub"],
    ["target=uner", "intermediate=stsb", "recipe=small", "target.tuning.name=bitfit", "tuning.rank=3"],
    ["target=xnli", "intermediate=pocket_qa", "backbone=tiny", "data=pocket", "tuning=lora", "tracking=csv"],
    ["recipe=hu2020", "backbone=xlmr_large", "target=none"],  # each has a say in the recipe
    ["backbone=xlmr_large", "target=mixture", "target.tasks=[udpos,panx]", "trainer=default"],
]


@pytest.mark.parametrize("overrides", OVERRIDES, ids=len)
def test_a_composition_on_kept_files_is_hydras_own(overrides):
    expected = config.compose("train", *overrides)
    assert compose("train", *overrides) == expected
    assert compose("train", *overrides) == expected, "the first one changed the files that are kept"


@pytest.mark.parametrize(
    "override", ["target.lr=1", "seed=x", "target=upos", "+seed.x=1", "~sead", "target.x"]
)
def test_an_error_on_kept_files_is_hydras_own(override):
    messages = []
    for composing in (compose, config.compose):
        with pytest.raises(ConfigError) as caught:
            composing("train", override)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


def test_members_of_a_mixture_are_composed_as_the_package_does_it(monkeypatch):
    mixture = compose(
        "train", "intermediate=mixture", "intermediate.tasks=[pocket_pos,pocket_nli]", "backbone=tiny"
    )
    assert members.compose is compose_member
    on_kept_files = members.expand_members(mixture)
    monkeypatch.setattr(members, "compose", config.compose)
    expanded = members.expand_members(mixture)
    assert list(expanded.intermediate.members) == ["pocket_pos", "pocket_nli"]
    assert expanded == on_kept_files
