"""How Hydra runs the cells of a sweep: one by one or side by side, and composed once each."""

from pathlib import Path
from typing import cast

from hydra.core.config_loader import ConfigLoader
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from xtl.sweeps.composition import SweepComposer
from xtl.threads import usable_cores

LOCAL = ".LocalLauncher"
"""End of the name of the launcher that has slots."""

STAY_IN_PROCESS = (".BasicLauncher", LOCAL)
"""Ends of the names of launchers that compose cells in the process of the command, and let none wait."""


def in_sweep() -> bool:
    """Whether Hydra runs this cell as one of several."""
    return HydraConfig.get().mode == RunMode.MULTIRUN


def threads_of_cell() -> int | None:
    """CPU threads of one of several cells that run side by side; ``None`` where they run one by one."""
    jobs = OmegaConf.select(cast(DictConfig, HydraConfig.get()), "launcher.n_jobs", default=None)
    if jobs is None or not in_sweep():
        return None
    cores = usable_cores()
    return max(1, cores // (jobs if jobs > 0 else cores))


def sweep_name() -> str | None:
    """Name of the sweep that this cell is one of, after its folder; ``None`` for a cell alone."""
    return Path(HydraConfig.get().sweep.dir).name if in_sweep() else None


def compose_once(loader: ConfigLoader) -> None:
    """Give the launcher what the sweeper composed as a check, and read the files of a choice once.

    Args:
        loader: Loader of the sweep's configs, which is changed. Only a launcher that stays in this process
            may have it: others send it, with all that it remembers, to their processes.
    """
    loader.load_sweep_config = SweepComposer(loader).compose  # type: ignore[method-assign]
