"""Which weights a fit leaves behind, and which ones other rules would have left."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from lightning import Callback, LightningModule, Trainer
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from xtl.atomic import atomic_write
from xtl.results import BEST_MEAN, BEST_VALIDATION, LAST, ORACLE
from xtl.training.validation import LanguageValidation


@dataclass(kw_only=True, slots=True)
class Kept:
    """Epochs, from 1, whose weights the rules choose.

    Attributes:
        by_rule: ``last``, ``best_validation`` (training languages) and ``best_mean`` (of all languages).
        oracle: For each language the epoch that is best on its own validation set.
    """

    by_rule: dict[str, int] = field(default_factory=dict)
    oracle: dict[str, int] = field(default_factory=dict)


class BestCheckpoints(Callback):
    """Keeps the weights that rules choose, in files; of equal scores the first epoch counts.

    Files that no rule needs any more are removed only when a checkpoint has been written: a killed run goes
    on from an older state, which may still need them.
    """

    def __init__(self, folder: Path, *, rule: str, watch: LanguageValidation) -> None:
        """Keep nothing yet.

        Args:
            folder: Takes a file for each epoch that is kept.
            rule: The one whose weights :meth:`restore` leaves.
            watch: Knows the scores of this epoch by language; watching none, it leaves ``rule`` alone.
        """
        self._folder = folder
        self._rule = rule
        self._watch = watch
        self._best: dict[str, tuple[float, int]] = {}

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the weights down if they are the best so far by any rule."""
        epoch = trainer.current_epoch + 1
        scores = {LAST: float(epoch)} if self._compares or self._rule == LAST else {}
        score = trainer.callback_metrics.get("val/score")
        if score is not None and (self._compares or self._rule == BEST_VALIDATION):
            scores[BEST_VALIDATION] = float(score)
        watched = self._watch.scores
        if len(watched) > 1:
            scores[BEST_MEAN] = fmean(watched.values())
        scores |= {f"{ORACLE}:{lang}": value for lang, value in watched.items()}
        better = [
            name for name, value in scores.items() if value > self._best.get(name, (-float("inf"), 0))[0]
        ]
        for name in better:
            self._best[name] = (scores[name], epoch)
        if set(better) - {LAST}:  # the last weights are those that the module will have
            with atomic_write(self._path(epoch)) as temporary:
                save_file(weights_of(pl_module), temporary)

    def prune(self) -> None:
        """Remove files that no rule needs; call it when a checkpoint has been written."""
        needed = {self._path(epoch) for _, epoch in self._best.values()}
        for path in self._folder.glob("epoch-*.safetensors"):
            if path not in needed:
                path.unlink()

    def state_dict(self) -> dict[str, Any]:
        """What was kept so far."""
        return {"best": {name: list(one) for name, one in self._best.items()}}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what an earlier process kept."""
        self._best = {name: (score, epoch) for name, (score, epoch) in state_dict["best"].items()}

    def restore(self, module: nn.Module) -> Kept:
        """Put the weights that the rule chose into ``module``, and say what the rules chose."""
        last = self._best.get(LAST, (0, 0))[1]
        # Another rule may want the last weights when the module has others.
        if last and self._compares and not self._path(last).exists():
            with atomic_write(self._path(last)) as temporary:
                save_file(weights_of(module), temporary)
        kept = Kept()
        for name, (_, epoch) in self._best.items():
            rule, _, lang = name.partition(":")
            if lang:
                kept.oracle[lang] = epoch
            else:
                kept.by_rule[rule] = epoch
        chosen = kept.by_rule.get(self._rule, 0)
        if chosen and chosen != last:
            self.put_back(module, chosen)
        return kept

    def put_back(self, module: nn.Module, epoch: int) -> None:
        """Put the weights of a kept epoch into ``module``."""
        put_weights(module, load_file(self._path(epoch)))

    @property
    def _compares(self) -> bool:
        return self._watch.compares

    def _path(self, epoch: int) -> Path:
        return self._folder / f"epoch-{epoch}.safetensors"


def weights_of(module: nn.Module) -> dict[str, Tensor]:
    """All weights and kept buffers of ``module``, those that stand there under several names once."""
    seen: set[int] = set()
    found = {}
    for name, value in module.state_dict(keep_vars=True).items():
        if id(value) not in seen:
            seen.add(id(value))
            found[name] = value.detach().cpu().contiguous()
    return found


def put_weights(module: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Put what :func:`weights_of` gave into ``module``.

    Raises:
        KeyError: if it has other weights.
    """
    own = module.state_dict(keep_vars=True)
    with torch.no_grad():
        for name, value in weights.items():
            own[name].copy_(value)
