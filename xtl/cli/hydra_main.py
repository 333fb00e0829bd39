"""What the Hydra commands share: where configs are, readable ``--cfg``, messages, errors in one line."""

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from xtl import config
from xtl.cache import keep_cache_root
from xtl.cli.logs import hydra_overrides, report_errors, report_stops, split_flags
from xtl.sweeps import plugins
from xtl.sweeps.arguments import overrides_first, with_overrides


def hydra_command(name: str, run: Callable[[DictConfig, Path], object]) -> None:
    """Compose ``conf/<name>.yaml`` from the command line and call ``run`` with it and the run folder.

    What a user can mend is printed, without a traceback, and the exit status is 1.
    """
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    keep_cache_root()  # of a relative one each cell with hydra.job.chdir would have its own
    arguments, level = split_flags(sys.argv[1:])
    if {"--cfg", "-c", "--info"} & {*arguments} and {"-m", "--multirun"} & {*arguments}:
        sys.exit(
            "error: --cfg and --info show one cell: leave -m and the values of the grid away; "
            "sweep.dry_run=true shows all cells"
        )
    sys.argv[1:] = overrides_first(with_overrides(arguments, hydra_overrides(level)))
    # A reader wants 2e-5, not ${oc.select:...}; but of an evaluation's task the recipe stands nowhere.
    refers = any(argument.startswith(("task=", "+task=")) for argument in sys.argv[1:])
    if "--cfg" in sys.argv and not {"--resolve", "hydra"} & set(sys.argv) and not refers:
        sys.argv.append("--resolve")
    config.register()
    plugins.register()

    @hydra.main(version_base="1.3", config_path=str(config.conf_dir()), config_name=name)
    def main(cfg: DictConfig) -> object:
        # Handlers are Hydra's to set up, in each process that it starts; this is not in its config.
        logging.captureWarnings(capture=True)
        hydra_config = HydraConfig.get()
        folder = Path(hydra_config.runtime.output_dir)
        # Paths of a config are those of where the command was started, also with hydra.job.chdir: a cell with
        # other paths would be another cell, and it knows its folder. Hydra goes back itself.
        os.chdir(hydra_config.runtime.cwd)
        with report_errors(folder):
            return run(cfg, folder)

    with report_stops():  # of the time before and after a job too
        try:
            main()
        except HydraException as error:  # of --help alone: Hydra tells all others
            if os.environ.get("HYDRA_FULL_ERROR"):
                raise
            sys.exit(f"error: {error}")


class FolderCheck(Callback):
    """Makes the folder of a run or sweep before Hydra does, which would end in a traceback if it cannot.

    The config of each command names it, before other callbacks.
    """

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ANN401, ARG002  Hydra's hook
        """Make the folder of a run.

        Raises:
            SystemExit: with status 1 if it cannot be made.
        """
        _make(config, "run")

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ANN401, ARG002
        """Make the folder of a sweep.

        Raises:
            SystemExit: with status 1 if it cannot be made.
        """
        _make(config, "sweep")


def _make(config: DictConfig, mode: str) -> None:
    try:
        folder = Path(config.hydra[mode].dir)
    except OmegaConfBaseException:  # what only a job knows, such as ${hydra:job.num}, or Hydra will refuse
        return
    with report_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
