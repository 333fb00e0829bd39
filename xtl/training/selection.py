"""Which weights a fit leaves behind, and which ones other selections would have left."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from lightning import Callback, LightningModule, Trainer
from torch import Tensor, nn

from xtl.distributed.group import ALONE, ProcessGroup
from xtl.models.shards import whole_tensor
from xtl.results import BEST_MEAN, BEST_VALIDATION, LAST, ORACLE
from xtl.training.epoch_weights import EpochWeights
from xtl.training.validation import LanguageValidation

logger = logging.getLogger(__name__)


@dataclass(kw_only=True, slots=True)
class SelectedEpochs:
    """Epochs, from 1, whose weights each selection takes.

    Attributes:
        by_selection: Epoch by selection: ``last``, ``best_validation`` (training languages) and ``best_mean``
            (of all languages).
        oracle: Epoch by language that is best on its own validation set.
    """

    by_selection: dict[str, int] = field(default_factory=dict)
    oracle: dict[str, int] = field(default_factory=dict)


class BestCheckpoints(Callback):
    """Weights that selections take; of equal scores the first epoch counts.

    They are in files where a checkpoint or other processes need them. Files that no selection needs any more
    are removed only when a checkpoint has been written: a killed run goes on from an older state, which may
    still need them.

    A fit may go on with other languages to compare by. A selection then counts only if all epochs were its
    candidates: the best of the later ones alone would be another number under the same name.
    """

    def __init__(
        self, folder: Path, *, selection: str, validation: LanguageValidation, group: ProcessGroup = ALONE
    ) -> None:
        """No weights yet.

        Args:
            folder: Folder of the files.
            selection: Selection whose weights :meth:`select` leaves.
            validation: Scores of each epoch by language; without languages ``selection`` alone counts.
            group: Processes that train together: the main one judges and writes.
        """
        self._weights = EpochWeights(folder, holds=group.is_alone)
        self._selection = selection
        self._validation = validation
        self._group = group
        self._best: dict[str, tuple[float, int]] = {}
        self._judged: set[str] = set()  # names of what judged all epochs so far
        self._epoch = 0

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Keep the weights if they are the best so far by any selection."""
        epoch = trainer.current_epoch + 1
        scores = {LAST: float(epoch)} if self._compares or self._selection == LAST else {}
        score = trainer.callback_metrics.get("val/score")
        if score is not None and (self._compares or self._selection == BEST_VALIDATION):
            scores[BEST_VALIDATION] = float(score)
        by_lang = self._validation.scores
        if len(by_lang) > 1:
            scores[BEST_MEAN] = fmean(by_lang.values())
        scores |= {f"{ORACLE}:{lang}": value for lang, value in by_lang.items()}
        scores = self._group.from_main(lambda: scores)  # another's may differ in the last digit, on GPUs
        scores = self._judging_all_epochs(epoch, scores)
        self._epoch = epoch
        better = [
            name for name, value in scores.items() if value > self._best.get(name, (-float("inf"), 0))[0]
        ]
        for name in better:
            self._best[name] = (scores[name], epoch)
        if set(better) - {LAST}:  # the last weights are those that the module will have
            weights = weights_of(pl_module, keep=self._group.is_main)
            if self._group.is_main:
                self._weights.put(epoch, weights, needed=self._needed)

    def write(self) -> None:
        """Write the weights that selections take into files; call it when a checkpoint is to be written."""
        self._weights.write()

    def forget(self) -> None:
        """Let go of the weights that are in memory, when all selections have what they need."""
        self._weights.forget()

    def prune(self) -> None:
        """Remove files that no selection needs; call it when a checkpoint has been written."""
        self._weights.prune(self._needed)

    def state_dict(self) -> dict[str, Any]:
        """Best score and epoch of each selection so far, names of those that judged all epochs, hashes."""
        best = {name: list(best) for name, best in self._best.items()}
        return {"best": best, "judged": sorted(self._judged), "digests": dict(self._weights.digests)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from the state of an earlier process."""
        self._best = {name: (score, epoch) for name, (score, epoch) in state_dict["best"].items()}
        # Older checkpoints have no such names; they know the best of each.
        self._judged = set(state_dict.get("judged", [*self._best, self._selection]))
        self._weights.digests = dict(state_dict.get("digests", {}))

    def faults(self, checkpoint: Mapping[str, Any]) -> list[str]:
        """What is wrong with the files of the epochs that selections have taken by a checkpoint.

        The file of the last epoch comes later.
        """
        state = checkpoint["callbacks"].get(self.state_key, {"best": {}})
        epochs = {epoch for name, (_, epoch) in state["best"].items() if name != LAST}
        return self._weights.faults(epochs, state.get("digests", {}))  # older checkpoints have no hashes

    def select(self, module: nn.Module) -> SelectedEpochs:
        """Put the weights of the selection into ``module``; return the epochs of all selections."""
        last = self._epoch
        # Another selection may need the last weights when the module has others.
        if self._group.is_main and last and self._compares and last not in self._weights:
            self._weights.put(last, weights_of(module), needed=self._needed)
        epochs = SelectedEpochs()
        for name, (_, epoch) in self._best.items():
            selection, _, lang = name.partition(":")
            if lang:
                epochs.oracle[lang] = epoch
            else:
                epochs.by_selection[selection] = epoch
        chosen = epochs.by_selection.get(self._selection, 0)
        if chosen and chosen != last:
            self.restore(module, chosen)
        return epochs

    def restore(self, module: nn.Module, epoch: int) -> None:
        """Put the weights of an epoch that a selection takes into ``module``."""
        put_weights(module, self._weights.get(epoch))

    def _judging_all_epochs(self, epoch: int, scores: dict[str, float]) -> dict[str, float]:
        """Scores of the epoch by selections that judged all epochs before it; others are forgotten."""
        before = set(scores) if epoch == 1 else self._judged
        self._judged = before & scores.keys()
        if _langs(before) != _langs(scores):
            self._judged.discard(BEST_MEAN)  # was a mean over others
        self._judged |= {LAST} & scores.keys()  # needs no epoch before it
        lost = sorted((before | scores.keys()) - self._judged - {LAST})
        if lost and self._compares and not self._epoch:  # once a process
            logger.warning(
                "epochs before this one were trained with another trainer.compare_selections, or with other "
                "languages; not compared: %s",
                ", ".join(lost),
            )
        self._best = {name: best for name, best in self._best.items() if name in self._judged}
        return {name: score for name, score in scores.items() if name in self._judged}

    @property
    def _compares(self) -> bool:
        return self._validation.compares

    @property
    def _needed(self) -> set[int]:
        return {epoch for _, epoch in self._best.values()}


def _langs(names: Iterable[str]) -> set[str]:
    """Languages of the names of oracles."""
    return {lang for name in names for selection, _, lang in [name.partition(":")] if selection == ORACLE}


def weights_of(module: nn.Module, *, keep: bool = True) -> dict[str, Tensor]:
    """All weights and kept buffers of ``module``, each once, whatever the number of names it stands under.

    Args:
        module: Module; where processes share its weights out, all of them must call this.
        keep: Whether this process wants them; if not, it only hands over its part.
    """
    seen: set[int] = set()
    weights = {}
    for name, value in module.state_dict(keep_vars=True).items():
        if id(value) not in seen:
            seen.add(id(value))
            weight = whole_tensor(value)
            if keep:
                weights[name] = weight.detach().cpu().contiguous()
    return weights


def put_weights(module: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Put what :func:`weights_of` gave into ``module``.

    Raises:
        KeyError: if it has other weights.
    """
    state = module.state_dict(keep_vars=True)
    with torch.no_grad():
        for name, value in weights.items():
            state[name].copy_(value)
