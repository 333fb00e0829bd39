"""Configs of cells, composed on copies, beside those that Hydra composes from all files each time."""

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import OmegaConf

from xtl.config import conf_dir, finalize, register
from xtl.sweeps.launch import SweepComposer

SWEEP = ("hydra.sweep.dir=sweep", "hydra/launcher=local", "hydra.launcher.n_jobs=1")

CELLS = (
    ("target=pocket_pos", "intermediate=pocket_nli", "intermediate.size=0", "seed=1"),
    ("target=pocket_pos", "intermediate=pocket_nli", "intermediate.size=50", "seed=1"),
    ("target=pocket_pos", "intermediate=pocket_nli", "intermediate.size=50", "seed=2"),
    ("target=pocket_ner", "intermediate=pocket_nli", "intermediate.lang=[de,en]", "seed=2"),
    ("target=pocket_ner", "backbone=tiny", "target.recipe.lr=1e-3", "data.root='/a,b'"),
    ("recipe=small", "target=udpos", "++target.labels=A B"),
    ("target=udpos", "intermediate=mnli", "trainer.devices=2", "intermediate.budget='steps:720'"),
    ("target=pocket_pos", "seed=3", "target.name=other", "hydra.sweep.dir=elsewhere"),
)


@pytest.fixture
def loader():
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        yield GlobalHydra.instance().config_loader()


def master_of(loader, *overrides):
    return loader.load_configuration("train", overrides=[*SWEEP, *overrides], run_mode=RunMode.MULTIRUN)


def content(config):
    """All that a config holds, what is not resolved too, and where keys may be added."""
    plain = OmegaConf.to_container(config, resolve=False, throw_on_missing=False)
    flags = [(key, OmegaConf.is_struct(config[key])) for key in config if OmegaConf.is_config(config[key])]
    return plain, flags


def test_cells_are_those_of_hydra(loader):
    master = master_of(loader, "seed=1,2")
    composer = SweepComposer(loader)
    assert len(CELLS) == len(set(CELLS))
    for cell in CELLS:
        expected = loader.load_sweep_config(master, list(cell))
        assert content(composer.compose(master, list(cell))) == content(expected), cell


@pytest.mark.parametrize(
    ("choices", "setting", "first"),
    [
        ("intermediate=stsb,xnli", "intermediate.lang=de", "stsb"),  # nothing is intermediate by default
        ("intermediate='choice(xnli,stsb)'", "intermediate.recipe.lr=1e-5", "xnli"),
        ("target=xquad,mlqa", "target.doc_stride=64", "xquad"),  # tags of words, the default, have no stride
    ],
)
def test_settings_of_a_group_whose_choices_are_swept(loader, choices, setting, first):
    group, key = choices.partition("=")[0], setting.partition("=")[0]
    master = master_of(loader, choices.replace("'", ""), setting)
    assert master.hydra.overrides.task == [choices.replace("'", ""), setting]  # what the sweeper spreads
    assert master[group].name == first
    cell = SweepComposer(loader).compose(master, [f"{group}={first}", setting])
    assert str(OmegaConf.select(cell, key)) == str(OmegaConf.select(master, key))


def test_a_baseline_without_a_task_takes_no_setting_of_it(loader):
    with pytest.raises(HydraException, match=r"add intermediate=NAME .*fraction=0 is the cell without it"):
        master_of(loader, "intermediate=none,stsb", "intermediate.lang=de")


def test_cells_that_differ_in_values_alone_read_no_file_again(loader, monkeypatch):
    master = master_of(loader)
    composer = SweepComposer(loader)
    composer.compose(master, list(CELLS[0]))
    monkeypatch.setattr(loader, "load_configuration", None)
    first, second = (composer.compose(master, list(cell)) for cell in CELLS[1:3])
    assert (first.seed, second.seed, first.intermediate.size, second.intermediate.size) == (1, 2, 50, 50)
    second.target.name = "changed"
    assert composer.compose(master, [*CELLS[0], "seed=5"]).target.name == "pocket_pos"


def test_the_launcher_gets_what_the_check_made(loader):
    master = master_of(loader)
    composer = SweepComposer(loader)
    checked = composer.compose(master, list(CELLS[0]))
    assert composer.compose(master, list(CELLS[0])) is checked
    assert composer.compose(master, list(CELLS[0])) is not checked


@pytest.mark.parametrize(
    "wrong", ["target=nowhere", "target.none=1", "~target.none", "seed", "+seed=1", "seed=1,2"]
)
def test_errors_are_those_of_hydra(loader, wrong):
    master = master_of(loader)
    cell = ["target=pocket_pos", wrong]
    with pytest.raises(HydraException) as expected:
        loader.load_sweep_config(master, cell)
    with pytest.raises(HydraException) as raised:
        SweepComposer(loader).compose(master, cell)
    assert str(raised.value) == str(expected.value)


def test_a_composed_cell_is_a_valid_one(loader):
    config = SweepComposer(loader).compose(master_of(loader), [*CELLS[1], "backbone=tiny"])
    OmegaConf.set_struct(config, False)
    del config["hydra"]
    assert finalize(config).intermediate.size == 50
