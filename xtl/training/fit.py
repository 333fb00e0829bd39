"""One fit of one module on one device: epochs, validation, selection of weights, and a record of it."""

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lightning import Callback, Trainer
from lightning.pytorch.callbacks import EarlyStopping
from torch.utils.data import DataLoader

from xtl.modules.base import XtlModule
from xtl.progress import meter, say
from xtl.schemas.recipe import RecipeConfig
from xtl.schemas.trainer import TrainerConfig
from xtl.training.checkpointing import Checkpoints, usable_checkpoint
from xtl.training.history import Epoch, FitReport, Record
from xtl.training.selection import BestCheckpoints
from xtl.training.validation import LanguageValidation


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaders:
    """What a fit reads.

    Attributes:
        train: Batches with ``num_tokens``; their batch sampler has ``set_epoch`` and ``skip``.
        validation: Batches in the training languages, if there are any.
        epochs: How often ``train`` is gone through.
        watched: Validation batches of each language to compare rules by; none: rules are not compared.
        own: The one of them that ``validation`` is, if it is one.
    """

    train: DataLoader[Any]
    validation: DataLoader[Any] | None
    epochs: int
    watched: Mapping[str, DataLoader[Any]] = field(default_factory=dict)
    own: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Names and files of a fit.

    Attributes:
        name: Of the phase, for the display and the record.
        record: File of epochs.
        earlier: Epochs of the phases before, which stand first in that file.
        checkpoint: File to go on from, if there is one, and to write to; weights that rules choose stand
            beside it.
    """

    name: str
    record: Path
    earlier: Sequence[Epoch]
    checkpoint: Path


def fit(
    module: XtlModule, loaders: Loaders, *, recipe: RecipeConfig, settings: TrainerConfig, places: Places
) -> tuple[FitReport, BestCheckpoints]:
    """Train ``module`` and leave it with the weights that the recipe selects.

    A killed fit, called again in the same way, goes on from its last checkpoint.

    Args:
        module: Logs ``val/score``, higher is better.
        loaders: Training and validation batches.
        recipe: Clipping, selection, patience.
        settings: Device and precision.
        places: Where it writes.

    Returns:
        What happened, and what puts the weights of other rules back.

    Raises:
        NonFiniteLossError: at the first loss that is no number.
    """
    with meter(places.name, len(loaders.train) * loaders.epochs) as shown, _quiet():
        watch = LanguageValidation(loaders.watched, shown, precision=settings.precision, own=loaders.own)
        keeper = BestCheckpoints(places.checkpoint.parent, rule=recipe.selection, watch=watch)
        record = Record(
            shown,
            places.record,
            name=places.name,
            epochs=loaders.epochs,
            earlier=places.earlier,
            scores=lambda: watch.scores,
        )
        checkpoints = Checkpoints(
            places.checkpoint,
            every_seconds=settings.checkpoint_seconds,
            sampler=loaders.train.batch_sampler,  # type: ignore[arg-type]  # ours, see Loaders
            written=keeper.prune,
        )
        callbacks: list[Callback] = [checkpoints, watch, keeper, record]  # each needs those before it
        if recipe.patience:
            callbacks.append(EarlyStopping("val/score", mode="max", patience=recipe.patience))
        trainer = Trainer(
            accelerator=settings.accelerator,
            devices=1,
            precision=settings.precision,  # type: ignore[arg-type]  # config checks the names
            max_epochs=loaders.epochs,
            gradient_clip_val=recipe.clip or None,
            callbacks=callbacks,
            default_root_dir=places.record.parent,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            use_distributed_sampler=False,
        )
        resumed = usable_checkpoint(places.checkpoint)
        if resumed:
            say(f"{places.name}: going on from {resumed}")
        trainer.fit(module, loaders.train, loaders.validation, ckpt_path=resumed, weights_only=True)
    kept = keeper.restore(module)
    record.report.selected_epoch = kept.by_rule.get(recipe.selection, 0)
    if watch.compares:
        record.report.selections, record.report.oracle = kept.by_rule, kept.oracle
    return record.report, keeper


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what Lightning says of things that are decided here."""
    logger = logging.getLogger("lightning.pytorch")
    level = logger.level
    logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*does not have many workers.*")
        warnings.filterwarnings("ignore", ".*LeafSpec.*", FutureWarning)
        warnings.filterwarnings("ignore", ".*no `val_dataloader`.*")  # a recipe may need none
        warnings.filterwarnings("ignore", ".*GPU available but not used.*")
        warnings.filterwarnings("ignore", ".*dataloader is not resumable.*")  # our batch sampler skips
        yield
    logger.setLevel(level)
