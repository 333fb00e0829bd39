"""How Hydra runs the cells of a sweep: one by one or side by side, and composed once each."""

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from hydra._internal import config_loader_impl
from hydra.core.config_loader import ConfigLoader
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from xtl.threads import usable_cores

LOCAL = ".LocalLauncher"
"""End of the name of the launcher that has slots."""

STAY_IN_PROCESS = (".BasicLauncher", LOCAL)
"""Ends of the names of launchers that compose cells in the process of the command, and let none wait."""

_ELSEWHERE = (".SubmititSlurmLauncher", ".SubmititLocalLauncher")
"""Ends of the names of launchers whose cells run on machines that may have other devices than this one."""

_OF_ITS_OWN = ("hydra.searchpath", "hydra.job.env_copy")
"""What Hydra reads while it composes: set on a copy it would come too late."""


_OWN = "hydra_plugins.xtl."
"""Beginning of the names of xtl's launchers, which let cells end by themselves, and say what went wrong."""


def is_foreign(launcher: str) -> bool:
    """Whether processes of a launcher may be ended before they can say how far they came.

    Args:
        launcher: Name of its class, as Hydra has it.
    """
    return not launcher.endswith(STAY_IN_PROCESS) and not launcher.startswith(_OWN)


def in_sweep() -> bool:
    """Whether Hydra runs this cell as one of several."""
    return HydraConfig.get().mode == RunMode.MULTIRUN


def runs_elsewhere() -> bool:
    """Whether this cell, one of several, would run on a machine that may have other devices."""
    return in_sweep() and str(HydraConfig.get().launcher._target_).endswith(_ELSEWHERE)


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


class SweepComposer:
    """Configs of cells as Hydra composes them, each asked for twice: by the check and by the launcher.

    Files of a choice are read and merged once, and values are set on copies. Hydra reads and merges all files
    anew for each cell, which takes most of the time of a sweep that is done.
    """

    def __init__(self, loader: ConfigLoader) -> None:
        """Prepare to compose.

        Args:
            loader: Loader of the sweep's configs.
        """
        self._loader = cast(config_loader_impl.ConfigLoaderImpl, loader)
        self._by_hydra = loader.load_sweep_config
        self._choices: dict[tuple[str, ...], bytes] = {}
        self._composed: dict[tuple[str, ...], DictConfig] = {}

    def compose(self, master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
        """Config of a cell.

        Args:
            master_config: Config of the sweep.
            sweep_overrides: Overrides of the cell.

        Raises:
            Exception: whatever Hydra raises for these overrides.
        """
        cell = tuple(sweep_overrides)
        if cell in self._composed:
            return self._composed.pop(cell)
        try:
            self._composed[cell] = self._on_a_copy(master_config, sweep_overrides)
        except Exception:  # another version may lack parts, and Hydra itself says what is wrong
            self._composed[cell] = self._by_hydra(master_config, sweep_overrides)
        return self._composed[cell]

    def _on_a_copy(self, master_config: DictConfig, sweep_overrides: Sequence[str]) -> DictConfig:
        """Config of a cell from that of its choice of files, as Hydra ends a composition."""
        lines = [*master_config.hydra.overrides.hydra, *sweep_overrides]
        overrides = OverridesParser.create().parse_overrides(lines)
        self._loader.validate_sweep_overrides_legal(overrides, run_mode=RunMode.RUN, from_shell=True)
        values = [override for override in overrides if not self._chooses_files(override)]
        config = self._of_choice(
            master_config.hydra.job.config_name,
            tuple(
                str(override.input_line)
                for override in overrides
                if override not in values or override.key_or_group in _OF_ITS_OWN
            ),
        )
        config_loader_impl.ConfigLoaderImpl._apply_overrides_to_config(values, config)
        of_hydra = [override for override in overrides if override.is_hydra_override()]
        of_task = [override for override in overrides if not override.is_hydra_override()]
        config.hydra.overrides.hydra = [override.input_line for override in of_hydra]
        config.hydra.overrides.task = [override.input_line for override in of_task]
        form = config.hydra.job.config.override_dirname
        config.hydra.job.override_dirname = config_loader_impl.get_overrides_dirname(
            overrides=of_task, kv_sep=form.kv_sep, item_sep=form.item_sep, exclude_keys=form.exclude_keys
        )
        OmegaConf.copy_cache(from_config=master_config, to_config=config)
        return config

    def _of_choice(self, name: str, choice: tuple[str, ...]) -> DictConfig:
        if choice not in self._choices:
            config = self._loader.load_configuration(name, overrides=list(choice), run_mode=RunMode.RUN)
            self._choices[choice] = pickle.dumps(config)
        # A deep copy takes four times as long.
        return cast(DictConfig, pickle.loads(self._choices[choice]))  # noqa: S301  made here

    def _chooses_files(self, override: Override) -> bool:
        """Whether an override chooses a file of a group, as Hydra tells it from one that sets a value."""
        is_group = self._loader.repository.group_exists(override.key_or_group)
        return is_group and not isinstance(override.value(), dict)
