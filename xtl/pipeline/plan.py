"""What a cell would do: which phases it trains, which it takes from the store, how many tokens that are."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xtl.caching.session import SessionCache
from xtl.pipeline.chain import pretrained_encoder
from xtl.pipeline.read import read_phase
from xtl.schemas.cell import TrainConfig
from xtl.schemas.ranges import updates_of
from xtl.store.key import key_of
from xtl.store.records import Phase
from xtl.store.store import PhaseStore
from xtl.tasks.base import named_by_language
from xtl.tasks.loaders import inputs_of
from xtl.training.device import DeviceSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedPhase:
    """One phase of a cell.

    Attributes:
        key: In the phase store.
        name: ``intermediate`` or ``target``.
        task: Its name.
        lang: Languages of its training set, joined by ``+``.
        rows: Examples to train on.
        seed: Of the cell.
        tokens: That training would read, all epochs together.
        reused: Whether the store has it.
    """

    key: str
    name: str
    task: str
    lang: str
    rows: int
    seed: int
    tokens: int
    reused: bool


def plan_cell(config: TrainConfig, store: PhaseStore, memory: SessionCache) -> list[PlannedPhase]:
    """Read and encode what the phases of a cell train on, and train nothing.

    Raises:
        XtlError: as :func:`xtl.pipeline.cell.run_cell`.
    """
    config = DeviceSettings.of(config.trainer).resolved(config)
    encoder = pretrained_encoder(config.backbone, memory)
    there, key, planned = set(store.keys()), encoder.key, []
    for name, task in (("intermediate", config.intermediate), ("target", config.target)):
        if task is None:
            continue
        phase = read_phase(name, task, config, memory)
        if not phase.train:
            continue
        key = key_of(phase, key, config)
        named = named_by_language(phase.train)
        features = memory.features(phase.task, named, encoder.pretrained.tokenizer)
        planned.append(
            PlannedPhase(
                key=key,
                name=name,
                task=task.name,
                lang="+".join(task.lang),
                rows=len(phase.train),
                seed=config.seed,
                tokens=_tokens(phase, features),
                reused=key in there,
            )
        )
    return planned


def usual_rate(store: PhaseStore, backbone: str) -> float | None:
    """Median tokens per second of the phases of one backbone in the store; ``None`` if there are none."""
    rates = []
    keys = store.keys()
    for key in keys:
        info = store.info(key)
        if info["backbone"] == backbone and info["summary"]["tokens_per_second"]:
            rates.append(float(info["summary"]["tokens_per_second"]))
    return statistics.median(rates) if rates else None


def _tokens(phase: Phase, features: Sequence[Any]) -> int:
    once = sum(len(ids) for feature in features for ids in inputs_of(feature))
    updates = updates_of(phase.task.config, phase.name)
    if updates is None:
        return once * phase.task.config.recipe.epochs
    return round(once / len(features) * updates * phase.task.config.recipe.batch_size)
