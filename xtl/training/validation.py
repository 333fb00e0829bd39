"""Scores of the validation sets of all languages after each epoch, by which other selections choose."""

import time
from collections.abc import Mapping
from typing import Any, cast

import torch
from lightning import Callback, LightningModule, Trainer
from lightning.fabric.utilities import move_data_to_device
from torch.utils.data import DataLoader

from xtl.distributed.group import ALONE, ProcessGroup
from xtl.models import HFBackbone, whole_table
from xtl.models.kernels import weights_kept
from xtl.modules.base import XtlModule
from xtl.modules.inference import autocast
from xtl.progress import ProgressMeter


class LanguageValidation(Callback):
    """Scores languages after each epoch; training is not touched.

    Attributes:
        scores: Scores of the epoch that just ended, in [0, 100], by language.
    """

    def __init__(
        self,
        loaders: Mapping[str, DataLoader[Any]],
        progress: ProgressMeter,
        *,
        precision: str,
        scored_lang: str,
        group: ProcessGroup = ALONE,
    ) -> None:
        """Validation of some languages.

        Args:
            loaders: Validation batches by language; none: nothing is scored.
            progress: Progress that the user sees; its clock stands still meanwhile.
            precision: Precision of the arithmetic, as for training.
            scored_lang: Language whose score is ``val/score`` already; empty: none.
            group: Processes that share out the languages.
        """
        self.scores: dict[str, float] = {}
        self._loaders = loaders
        self._progress = progress
        self._precision = precision
        self._scored_lang = scored_lang
        self._group = group

    @property
    def compares(self) -> bool:
        """Whether there are languages to score."""
        return bool(self._loaders)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Score every language with the weights of now."""
        if not self._loaders:
            return
        assert isinstance(pl_module, XtlModule)  # noqa: S101  see fit()
        begin = time.monotonic()
        training = pl_module.training
        pl_module.eval()
        # A loader draws from torch's random numbers; training must go on as if nothing had been scored.
        with torch.random.fork_rng(devices=[]), whole_table(cast(HFBackbone, pl_module.backbone)):
            own: dict[str, float] = {}
            for number, (lang, loader) in enumerate(self._loaders.items()):
                if number % self._group.size != self._group.rank:
                    continue
                self._progress.note(f"epoch {trainer.current_epoch + 1}  validating {lang}")
                is_scored = lang == self._scored_lang
                score = trainer.callback_metrics.get("val/score") if is_scored else None
                own[lang] = self._score(pl_module, loader) if score is None else float(score)
            scores = {lang: value for each in self._group.gathered(own) for lang, value in each.items()}
            self.scores.update({lang: scores[lang] for lang in self._loaders})
        pl_module.train(training)
        self._progress.skip(time.monotonic() - begin)

    def _score(self, module: XtlModule, loader: DataLoader[Any]) -> float:
        module.metric.reset()
        with weights_kept(module), torch.no_grad(), autocast(module.device, self._precision):
            for batch in loader:
                module.validate(move_data_to_device(batch, module.device))
        value = float(module.metric.compute())
        module.metric.reset()
        return value
