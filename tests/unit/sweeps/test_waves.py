"""A sweeper that hands out waves: what it says where a sweep cannot run."""

import pytest
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import MissingConfigException
from hydra.types import RunMode
from omegaconf import OmegaConf

from xtl.config import separate_hydra
from xtl.sweeps.waves import BasicSweeper, PhaseSweeper


def sweep(monkeypatch, error: Exception) -> None:
    """Run a sweep in which Hydra's own sweeper raises an error."""

    def fail(*_):
        raise error

    monkeypatch.setattr(BasicSweeper, "sweep", fail)
    sweeper = PhaseSweeper(max_batch_size=None)
    sweeper.config = OmegaConf.create(
        {"hydra": {"sweep": {"dir": "sweep"}, "launcher": {"_target_": "basic"}}}
    )
    sweeper.sweep([])


def test_a_choice_without_a_file_is_hydra_s_to_tell_and_a_full_disk_is_not(monkeypatch, caplog):
    with pytest.raises(MissingConfigException):
        sweep(monkeypatch, MissingConfigException("Could not find 'target/pnax'"))
    assert not caplog.text
    with pytest.raises(SystemExit):
        sweep(monkeypatch, OSError(28, "No space left"))
    assert "Free space" in caplog.text


@pytest.mark.parametrize(
    ("override", "meant"),
    [
        ("target=udpos,pnax", "panx"),
        ("target=choice(udpos,pnax)", "panx"),
        ("target=udpos,'pnax'", "panx"),
        ("backbone=tiny,tinny", "tiny"),
    ],
)
def test_a_misspelled_choice_of_a_grid_is_told_before_anything_is_made(override, meant):
    with separate_hydra():
        loader = GlobalHydra.instance().config_loader()
        with pytest.raises(MissingConfigException, match=f"did you mean '{meant}'"):
            loader.load_configuration("train", [override], RunMode.MULTIRUN)


@pytest.mark.parametrize(
    "override", ["target=glob(p*)", "tracking=none,csv", "tracking=[csv],[wandb,csv]", "seed=1,2"]
)
def test_right_choices_of_a_grid_are_none_that_are_misspelled(override):
    with separate_hydra():
        GlobalHydra.instance().config_loader().load_configuration("train", [override], RunMode.MULTIRUN)
