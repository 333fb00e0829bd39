"""``xtl-train``: one cell, or with ``-m`` several."""

import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from xtl.cli.hydra_main import hydra_command
from xtl.cli.paths import quote_paths
from xtl.config import finalize
from xtl.config.unread import warn_of_unread_defaults
from xtl.errors import ConfigError, XtlError
from xtl.garbage import modules_kept
from xtl.schemas.cell import TrainConfig
from xtl.stops import Stopped
from xtl.sweeps.arguments import expand_sweep_arguments
from xtl.sweeps.cells import run_alone, run_recorded
from xtl.sweeps.launch import in_sweep, runs_elsewhere, sweep_name, threads_of_cell
from xtl.sweeps.planning.dry_run import CellPlan, plan
from xtl.sweeps.table import SweepTable


def main() -> None:
    """Entry point of ``xtl-train``."""
    sys.argv[1:] = expand_sweep_arguments(quote_paths(sys.argv[1:]))
    try:
        hydra_command("train", train)
    except Stopped:
        if SweepTable.running is not None:  # Hydra tells callbacks of no end but a good one
            SweepTable.running.print_after_stop()
        raise


def train(cfg: DictConfig, folder: Path) -> float | CellPlan:
    """Run the cell and show it.

    Returns:
        Score that a sweeper maximises; in a dry run what the cell would do.
    """
    if cfg.sweep.dry_run:
        try:
            config = _finalized(cfg)
            is_elsewhere = runs_elsewhere()
            if in_sweep() and _is_done(config, folder, is_elsewhere=is_elsewhere):
                return CellPlan(done=True)
            return plan(config, is_elsewhere=is_elsewhere)
        except XtlError as error:
            if not in_sweep():
                raise
            return CellPlan(error=str(error), name=folder.name)
    if not in_sweep():
        return run_alone(folder, partial(_run, cfg, folder))
    return run_recorded(folder, lambda: _is_done(finalize(cfg), folder), partial(_run, cfg, folder))


def _run(cfg: DictConfig, folder: Path) -> float:
    config = _finalized(cfg)
    if in_sweep() and config.tracking.wandb is not None and os.environ.get("WANDB_SWEEP_ID"):
        raise ConfigError(
            "tracking=wandb: expected a run for each cell, got WANDB_SWEEP_ID: wandb agent gives its process "
            "one run for all cells; let the agent start single cells (without -m), or unset it"
        )
    # Imported late, so that --help, --cfg and a refused value answer at once.
    with modules_kept():
        from xtl.caching.session import shared_cache
        from xtl.cli.show import show
        from xtl.pipeline.cell import run_cell
        from xtl.runs.fingerprint import check_earlier_results

    if not in_sweep():  # which has asked before
        check_earlier_results(config, folder)
    threads = threads_of_cell()
    if threads is not None and config.trainer.threads is None:
        config = replace(config, trainer=replace(config.trainer, threads=threads))
    if config.tracking.group is None:
        config = replace(config, tracking=replace(config.tracking, group=sweep_name()))
    return show(run_cell(config, folder, cache=shared_cache()), folder)


def _finalized(cfg: DictConfig) -> TrainConfig:
    """Config of the cell, whose overrides without effect are said."""
    config = finalize(cfg)
    warn_of_unread_defaults(config, HydraConfig.get().overrides.task)
    return config


def _is_done(config: TrainConfig, folder: Path, *, is_elsewhere: bool = False) -> bool:
    with modules_kept():
        from xtl.runs.fingerprint import is_complete

    return is_complete(config, folder, is_elsewhere=is_elsewhere)


if __name__ == "__main__":
    main()
