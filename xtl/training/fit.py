"""One fit of one module, on one device or several: epochs, validation, selection of weights, history."""

import logging
import signal
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lightning import Callback, Trainer
from lightning.pytorch.callbacks import EarlyStopping
from lightning.pytorch.utilities.exceptions import SIGTERMException
from torch.utils.data import DataLoader

from xtl.distributed.group import ALONE, ProcessGroup, check_size
from xtl.modules.base import XtlModule
from xtl.modules.inference import float32_products
from xtl.progress import progress_meter
from xtl.schemas.recipe import RecipeConfig
from xtl.schemas.trainer import TrainerConfig
from xtl.stops import Stopped, stops_told_from_errors
from xtl.training.checkpoint_file import usable_checkpoint
from xtl.training.checkpointing import Checkpointer
from xtl.training.devices import (
    OwnMasks,
    ask_no_other,
    devices_of,
    encoder_graphs,
    fitted_module,
    scoring_group,
)
from xtl.training.history import EpochMetrics, FitReport, TrainingHistory
from xtl.training.memory import MemoryWatch, shortage_named
from xtl.training.selection import BestCheckpoints
from xtl.training.sharding import take_weights
from xtl.training.validation import LanguageValidation

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaders:
    """Batches that a fit reads.

    Attributes:
        train: Batches with ``num_tokens``; their batch sampler has ``set_epoch`` and ``skip``.
        validation: Batches in the training languages, if there are any.
        epochs: Number of passes over ``train``.
        watched: Validation batches of each language to compare selections by; none: no comparison.
        scored_lang: Language in ``watched`` that ``validation`` is, if it is one.
        divisible: Whether an update may be computed a few examples at a time.
        tried: Whether it was tried how many fit the memory.
    """

    train: DataLoader[Any]
    validation: DataLoader[Any] | None
    epochs: int
    watched: Mapping[str, DataLoader[Any]] = field(default_factory=dict)
    scored_lang: str = ""
    divisible: bool = True
    tried: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class FitPaths:
    """Name and files of a fit.

    Attributes:
        name: Name of the phase, for progress and history.
        history: File of epochs.
        earlier: Epochs of the phases before, which stand first in that file.
        checkpoint: File to go on from, if there is one, and to write to; weights that selections take stand
            beside it where they are in files.
        after_epoch: Function that gets all epochs of the cell so far when one has ended.
    """

    name: str
    history: Path
    earlier: Sequence[EpochMetrics]
    checkpoint: Path
    after_epoch: Callable[[Sequence[EpochMetrics]], None] = lambda epochs: None  # noqa: ARG005


def fit(
    module: XtlModule,
    loaders: Loaders,
    *,
    recipe: RecipeConfig,
    settings: TrainerConfig,
    paths: FitPaths,
    group: ProcessGroup = ALONE,
) -> tuple[FitReport, BestCheckpoints]:
    """Train ``module`` and leave it with the weights that the recipe selects.

    A killed fit, called again in the same way, goes on from its last checkpoint.

    Args:
        module: Module that logs ``val/score``, higher is better.
        loaders: Training and validation batches.
        recipe: Clipping, selection, patience.
        settings: Device, precision, strategy.
        paths: Files that it writes.
        group: Processes that train together; the main one writes.

    Returns:
        What happened, and the weights of the epochs that other selections take.

    Raises:
        CheckpointError: if the checkpoint cannot be read for a reason that may pass.
        NonFiniteLossError: at the first loss that is no number.
        OutOfMemoryError: where an update or a validation does not fit.
        Stopped: if a signal asked the process to end; with the checkpoint that a repeated run goes on from,
            written then where the caller lets stops wait, see :func:`xtl.stops.stops_put_off`.
    """
    with progress_meter(paths.name, len(loaders.train) * loaders.epochs) as progress, _quiet():
        trained = fitted_module(module, settings)
        validation = LanguageValidation(
            loaders.watched,
            progress,
            precision=settings.precision,
            scored_lang=loaders.scored_lang,
            group=scoring_group(settings, group),
        )
        best = BestCheckpoints(
            paths.checkpoint.parent, selection=recipe.selection, validation=validation, group=group
        )
        history = TrainingHistory(
            progress,
            paths.history if group.is_main else None,
            name=paths.name,
            epochs=loaders.epochs,
            earlier=paths.earlier,
            scores=lambda: validation.scores,
        )
        history.after_epoch = paths.after_epoch
        checkpointer = Checkpointer(
            paths.checkpoint,
            every_seconds=settings.checkpoint_seconds,
            sampler=loaders.train.batch_sampler,  # type: ignore[arg-type]  # ours, see Loaders
            before_write=best.write,
            after_write=best.prune,
            group=group,
        )
        memory = MemoryWatch(paths.name, settings, divisible=loaders.divisible, tried=loaders.tried)
        # Each needs those before it: scores before weights are judged, both before the epoch is written down.
        callbacks: list[Callback] = [OwnMasks(group), memory, checkpointer, validation, best, history]
        if recipe.patience:
            callbacks.append(EarlyStopping("val/score", mode="max", patience=recipe.patience))
        trainer = Trainer(
            accelerator=settings.accelerator,
            **devices_of(settings, group),
            max_epochs=loaders.epochs,
            gradient_clip_val=recipe.clip or None,
            callbacks=callbacks,
            default_root_dir=paths.history.parent,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            use_distributed_sampler=False,
        )
        check_size(group, settings.processes, [("world size of the trainer", trainer.world_size)])
        ask_no_other(trained, group)
        resumed = group.from_main(lambda: usable_checkpoint(paths.checkpoint, trained, faults=best.faults))
        if resumed:
            logger.info("%s: going on from %s", paths.name, resumed)
        with (
            _stops_named(paths.checkpoint),
            float32_products(settings.precision),
            shortage_named(memory.describe),
            encoder_graphs(trained, settings, group),
        ):
            trainer.fit(trained, loaders.train, loaders.validation, ckpt_path=resumed, weights_only=True)
        _free_updates(trained, trainer)
        if trained is not module:
            take_weights(module, trained)
    group.barrier(f"{paths.name}: the weights of the epochs are written")
    epochs = best.select(module)
    group.barrier(f"{paths.name}: the selected weights are read")  # the main one removes their files next
    history.report.selected_epoch = epochs.by_selection.get(recipe.selection, 0)
    if validation.compares:
        history.report.selections, history.report.oracle = epochs.by_selection, epochs.oracle
    return history.report, best


def _free_updates(module: XtlModule, trainer: Trainer) -> None:
    """Free what only updates read, three times the memory of the weights: gradients, and AdamW's states.

    The module keeps its trainer, and that one its optimisers, for as long as the module is scored.
    """
    module.zero_grad(set_to_none=True)
    for optimizer in trainer.optimizers:
        optimizer.state.clear()


@contextmanager
def _stops_named(checkpoint: Path) -> Iterator[None]:
    """Say in what stops a fit which checkpoint there is."""
    try:
        with stops_told_from_errors():
            yield
    except (Stopped, SIGTERMException) as error:
        # Lightning's handler of SIGTERM, which is there for a moment before training begins, notes it.
        stop = error if isinstance(error, Stopped) else Stopped(signal.SIGTERM)
        stop.note = (
            f"the same command goes on from {checkpoint}"
            if checkpoint.is_file()
            else f"no checkpoint was written yet at {checkpoint}, the same command begins this phase again"
        )
        raise stop from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what Lightning says of things that are decided here."""
    lightning = logging.getLogger("lightning.pytorch")
    level = lightning.level
    lightning.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*does not have many workers.*")
            warnings.filterwarnings("ignore", ".*LeafSpec.*", FutureWarning)
            warnings.filterwarnings("ignore", ".*no `val_dataloader`.*")  # a recipe may need none
            warnings.filterwarnings("ignore", ".*GPU available but not used.*")
            warnings.filterwarnings(
                "ignore", "The `srun` command is available"
            )  # xtl starts processes itself
            warnings.filterwarnings("ignore", ".*dataloader is not resumable.*")  # our batch sampler skips
            warnings.filterwarnings("ignore", ".*FSDP2-wrapped module.*")  # nobody adds to a loss in place
            yield
    finally:
        lightning.setLevel(level)
