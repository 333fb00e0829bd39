"""Composing the cells of a sweep: the files of a choice are read and merged once, values are set on copies.

Hydra reads and merges all files anew for each cell, which takes most of the time of a sweep that is done.
"""

import pickle
from collections.abc import Sequence
from typing import cast

from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

_OF_ITS_OWN = ("hydra.searchpath", "hydra.job.env_copy")
"""What Hydra reads while it composes: set on a copy it would come too late."""


class SweepComposer:
    """Configs of cells as Hydra composes them, each asked for twice: by the check and by the launcher."""

    def __init__(self, loader: ConfigLoader) -> None:
        """Prepare to compose.

        Args:
            loader: Loader of the sweep's configs.
        """
        self._loader = cast(ConfigLoaderImpl, loader)
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
        except Exception:  # Hydra itself says what is wrong, with all overrides
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
        ConfigLoaderImpl._apply_overrides_to_config(values, config)
        of_hydra = [override for override in overrides if override.is_hydra_override()]
        of_task = [override for override in overrides if not override.is_hydra_override()]
        config.hydra.overrides.hydra = [override.input_line for override in of_hydra]
        config.hydra.overrides.task = [override.input_line for override in of_task]
        form = config.hydra.job.config.override_dirname
        config.hydra.job.override_dirname = get_overrides_dirname(
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
