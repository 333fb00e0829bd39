"""How Hydra runs the cells of a sweep: one by one or side by side, and composed once each."""

from pathlib import Path
from typing import cast

from hydra.core.config_loader import ConfigLoader
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

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
    """Give the launcher what the sweeper composed as a check, at 0.3 s a cell: Hydra would do it again.

    Args:
        loader: Loader of the sweep's configs, which is changed. Only a launcher that stays in this process
            may have it: others send it, with all that it remembers, to their processes.
    """
    compose, composed = loader.load_sweep_config, dict[tuple[str, ...], DictConfig]()

    def compose_or_take(master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
        cell = tuple(sweep_overrides)
        if cell in composed:
            return composed.pop(cell)  # asked for twice: by the check and by the launcher
        composed[cell] = compose(master_config, sweep_overrides)
        return composed[cell]

    loader.load_sweep_config = compose_or_take  # type: ignore[method-assign]
