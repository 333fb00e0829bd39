"""A cell on several devices: its processes, each of which runs the cell of its config file."""

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NoReturn

import torch

import xtl
from xtl import config as configs
from xtl.distributed.environment import is_claimed_for
from xtl.distributed.group import is_worker, joined, launched_rank, lost_another
from xtl.distributed.launch import LOGS, launch, note_error
from xtl.distributed.meeting import Meeting, met
from xtl.distributed.nodes import Node, this_node
from xtl.errors import ConfigError, ProcessGroupError, first_line
from xtl.pipeline.context import RunContext
from xtl.runs.claim import check_replaceable, claimed
from xtl.runs.file_names import CONFIG, TRAIN_LOG
from xtl.runs.run_folder import RunFolder
from xtl.runs.status import FAILED, CellStatus, write_status
from xtl.schemas.cell import TrainConfig
from xtl.schemas.trainer import TrainerConfig
from xtl.store.format import FORMAT_VERSION
from xtl.store.store import PhaseStore
from xtl.training.device import pick_device, use_threads

logger = logging.getLogger(__name__)


_SECONDS_FOR_THE_FIRST = 900.0
"""Time that the first node has: it reads the config, which says how long it waits itself."""


def run_on_several(context: RunContext) -> None:
    """Start one process a device, each of which runs the cell of the config file, and wait for all of them.

    Raises:
        ProcessGroupError: if a process failed, or a node did not come.
        Stopped: if a signal asked this process to end.
    """
    folder, trainer = context.run_folder.absolute(), context.config.trainer
    node = this_node(os.environ)
    begin = time.monotonic()
    try:
        _run_processes(trainer, node, folder, context.store.root)
    except ProcessGroupError as error:
        seconds = round(time.monotonic() - begin, 1)
        write_status(folder, CellStatus(status=FAILED, seconds=seconds, error=first_line(error)))
        raise


def run_on_this_node(folder: Path, node: Node, store: PhaseStore) -> None:
    """Start the processes of a further node, as :func:`run_on_several` does on the first one.

    Args:
        folder: Run folder, in which the first node has written the config.
        node: This node.
        store: Finished phases.

    Raises:
        XtlError: as :func:`run_on_several`.
    """
    with met(node, folder / LOGS, build=_build(), seconds=_SECONDS_FOR_THE_FIRST) as meeting:
        trainer = configs.load(folder / CONFIG).trainer
        use_threads(trainer)
        _launch(trainer, folder, store.root, meeting)


def _run_processes(trainer: TrainerConfig, node: Node, folder: Path, store: Path) -> None:
    if trainer.nodes == 1:
        _launch(trainer, folder, store, None)
        return
    with met(node, folder / LOGS, build=_build(), seconds=trainer.node_seconds) as meeting:
        logger.info("all %s nodes are here: %s", node.size, ", ".join(node.hosts))
        _launch(trainer, folder, store, meeting)


def _launch(trainer: TrainerConfig, folder: Path, store: Path, meeting: Meeting | None) -> None:
    threads = max(1, torch.get_num_threads() // trainer.devices)
    logger.info("starting %s processes with %s threads each", trainer.devices, threads)
    arguments = ["-m", "xtl.pipeline.cell", str(folder / CONFIG), "--store", str(store.absolute())]
    launch(
        arguments,
        processes=trainer.devices,
        threads=threads,
        folder=folder,
        main_log=folder / TRAIN_LOG,
        meeting=meeting,
    )


def _build() -> str:
    return f"xtl {xtl.__version__} (format {FORMAT_VERSION})"


def _how_to_start(trainer: TrainerConfig, folder: Path, nodes: int) -> str:
    """Error about nodes that nobody has started anything on."""
    return (
        f"trainer.nodes={trainer.nodes}: expected a task of Slurm on each of {trainer.nodes} nodes, got "
        f"{nodes}; use hydra/launcher=submitit_slurm, or start the cell of the config, which is written, on "
        "each node: "
        f"'srun --nodes={trainer.nodes} --ntasks-per-node=1 --wait=60 --kill-on-bad-exit=1 "
        f"python -m xtl.pipeline.cell {folder / CONFIG}', "
        f"without Slurm 'torchrun --nnodes={trainer.nodes} --nproc-per-node={trainer.devices} "
        f"--rdzv-backend=c10d --rdzv-endpoint=FIRST_NODE:29500 -m xtl.pipeline.cell {folder / CONFIG}'"
    )


@contextmanager
def group_of(config: TrainConfig) -> Iterator[None]:
    """Join the other processes of the cell in the block, if a launcher has started this one among several.

    Raises:
        ProcessGroupError: if another process is gone.
    """
    if not is_worker():
        yield
        return
    try:
        with joined(pick_device(config.trainer.accelerator).type):
            yield
    except RuntimeError as error:
        if not lost_another(error):
            raise
        raise ProcessGroupError(f"rank {os.environ['RANK']}: another process is gone: {error}") from error


@contextmanager
def sole_writer(context: RunContext) -> Iterator[None]:
    """Hold the claim on the run folder; processes that a cell has started work under that of the cell.

    Raises:
        ConfigError: if the run folder has files of something else, or there are several nodes and no step of
            Slurm that this process is a task of.
        RunInUseError: if another process holds the run folder.
    """
    # Started by torchrun, the first of several processes claims it for all.
    is_first = context.group.is_main and not is_claimed_for(os.environ)
    with claimed(context.run_folder) if is_first else nullcontext():
        if is_first:
            check_replaceable(context.run_folder, start=context.config.backbone.path)
        if context.starts_others:
            _check_nodes(context)
        yield


def _check_nodes(context: RunContext) -> None:
    """Refuse a cell on nodes on which nothing was started, before results of an earlier run are removed."""
    trainer, nodes = context.config.trainer, this_node(os.environ).size
    if trainer.nodes > 1 and trainer.nodes != nodes:
        folder = context.run_folder.absolute()
        RunFolder(folder).write_config(configs.dump(context.config))
        raise ConfigError(_how_to_start(trainer, folder, nodes))


def tell_launcher(text: str, *, of_another: bool = False) -> bool:
    """Tell the process that has started this one what it ends of; return whether there is one to tell."""
    if is_worker():
        note_error(text, of_another=of_another)
    return is_worker()


def unexpected(error: Exception, folder: Path) -> str:
    """Text about an error of one of several processes that nobody has foreseen, with its log."""
    rank = launched_rank()
    log = folder / LOGS / f"rank{rank}.log" if rank else folder / TRAIN_LOG
    processes = os.environ.get("WORLD_SIZE", "1")
    return (
        f"rank {rank} of {processes}: {type(error).__name__}: {first_line(error)}; the others were ended; "
        f"its log: {log}"
    )


def leave(status: int) -> NoReturn:
    """End this process; one of several that failed or was stopped ends at once."""
    if status and is_worker():
        # Taking down networks and threads takes seconds, or waits for processes that are gone.
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    raise SystemExit(status)
