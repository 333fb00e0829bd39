"""A cell on several devices: its processes, each of which runs the cell of its config file."""

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import NoReturn

import torch

from xtl.distributed.group import is_worker, joined, lost_another
from xtl.distributed.launch import launch, note_error
from xtl.errors import ConfigError, ProcessGroupError
from xtl.pipeline.context import RunContext
from xtl.runs.claim import claimed
from xtl.runs.run_folder import CONFIG
from xtl.runs.status import FAILED, CellStatus, write_status
from xtl.schemas.cell import TrainConfig
from xtl.training.device import pick_device

logger = logging.getLogger(__name__)

LOG = "train.log"


def run_on_several(context: RunContext) -> None:
    """Start one process a device, each of which runs the cell of the config file, and wait for all of them.

    Raises:
        ConfigError: if there are several nodes: each starts its own processes.
        ProcessGroupError: if a process failed.
        Stopped: if a signal asked this process to end.
    """
    folder, trainer = context.run_folder.absolute(), context.config.trainer
    if trainer.nodes > 1:
        raise ConfigError(
            f"trainer.nodes={trainer.nodes}: the config is written; expected a start on each node, as in "
            f"'torchrun --nnodes={trainer.nodes} --nproc-per-node={trainer.devices} --rdzv-backend=c10d "
            f"--rdzv-endpoint=FIRST_NODE:29500 -m xtl.pipeline.cell {folder / CONFIG}'"
        )
    threads = max(1, torch.get_num_threads() // trainer.devices)
    logger.info("starting %s processes with %s threads each", trainer.devices, threads)
    arguments = [
        "-m",
        "xtl.pipeline.cell",
        str(folder / CONFIG),
        "--store",
        str(context.store.root.absolute()),
    ]
    begin = time.monotonic()
    try:
        launch(arguments, processes=trainer.devices, threads=threads, folder=folder, main_log=folder / LOG)
    except ProcessGroupError as error:
        seconds = round(time.monotonic() - begin, 1)
        write_status(folder, CellStatus(status=FAILED, seconds=seconds, error=str(error).split("\n")[0]))
        raise


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


def sole_writer(context: RunContext) -> AbstractContextManager[None]:
    """The claim on the run folder; one of several processes works under that of the one that started it."""
    return claimed(context.run_folder) if context.group.is_alone and not is_worker() else nullcontext()


def tell_launcher(text: str, *, of_another: bool = False) -> bool:
    """Tell the process that has started this one what it ends of; return whether there is one to tell."""
    if is_worker():
        note_error(text, of_another=of_another)
    return is_worker()


def leave(status: int) -> NoReturn:
    """End this process; one of several that failed or was stopped ends at once."""
    if status and is_worker():
        # Taking down networks and threads takes seconds, or waits for processes that are gone.
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    raise SystemExit(status)
