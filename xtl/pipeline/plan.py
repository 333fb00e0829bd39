"""What a cell would do: which phases it trains, which it takes from the store, how many tokens that are."""

import statistics
from dataclasses import dataclass
from typing import Any, cast

from xtl.caching.session import SessionCache
from xtl.data.stored import FeatureSet
from xtl.errors import CheckpointError, DataNotFoundError
from xtl.evaluation.read import languages_to_score
from xtl.pipeline.chain import pretrained_encoder
from xtl.pipeline.read import read_phase
from xtl.pipeline.variants import variants
from xtl.schemas.cell import TrainConfig
from xtl.schemas.data import DataConfig
from xtl.schemas.ranges import updates_of
from xtl.schemas.task import TaskConfig
from xtl.store.records import Phase
from xtl.store.store import PhaseStore
from xtl.tasks.base import Task
from xtl.tasks.sources import refused_languages
from xtl.training.device import DeviceSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedPhase:
    """One phase of a cell.

    Attributes:
        key: Key in the phase store.
        name: ``intermediate`` or ``target``.
        task: Name of the task.
        lang: Languages of the training set, joined by ``+``.
        rows: Number of examples to train on.
        seed: Seed of the cell.
        tokens: Tokens that training would read, all epochs together.
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


def plan_cell(
    config: TrainConfig, store: PhaseStore, cache: SessionCache, *, is_elsewhere: bool = False
) -> list[PlannedPhase]:
    """Phases of a cell; their rows are read and encoded, nothing is trained.

    Args:
        config: Config of the cell.
        store: Finished phases.
        cache: Encoder, examples and features that cells of one process share.
        is_elsewhere: Whether it runs on a machine that may have other devices than this one.

    Raises:
        XtlError: as :func:`xtl.pipeline.cell.run_cell`.
    """
    settings_of = DeviceSettings.elsewhere if is_elsewhere else DeviceSettings.of
    config = settings_of(config.trainer).resolved(config)
    encoder = pretrained_encoder(config.backbone, cache)
    stored, key, planned = set(store.keys()), encoder.key, []
    for name, settings in config.phases:
        phase = read_phase(name, settings, config, cache)
        if name == "target":
            _check_scored(phase.task, settings, config.data)
        if not phase.train:
            continue
        keys = [variant.key for variant in variants(phase, key, config, store)]
        key = next((known_key for known_key in keys if known_key in stored), keys[0])
        features = cache.features.features(phase.task, phase.train, encoder.pretrained.tokenizer)
        planned.append(
            PlannedPhase(
                key=key,
                name=name,
                task=phase.task.name,
                lang="+".join(settings.lang),
                rows=phase.num_rows,
                seed=config.seed,
                tokens=_tokens(phase, features, seed=config.seed),
                reused=key in stored,
            )
        )
    return planned


def _check_scored(task: Task, settings: TaskConfig, data: DataConfig) -> None:
    """Check that what is scored in the end is there, without reading it.

    Raises:
        DataNotFoundError: if a language that was asked for is not there, or none is.
    """
    split = settings.scored_split
    available = task.source.languages(split)
    absent = [lang for lang in languages_to_score(task, settings.langs, split=split) if lang not in available]
    if absent:
        refused = refused_languages(settings, data)
        why = "; ".join(dict.fromkeys(refused[lang] for lang in absent if lang in refused))
        raise DataNotFoundError(
            f"task '{task.name}': expected a {split} file in {', '.join(absent)}, found none"
            + (f"; {why}" if why else "")
        )


def usual_rate(store: PhaseStore, backbone: str) -> float | None:
    """Median tokens per second of the phases of one backbone in the store; ``None`` if there are none."""
    rates = []
    for key in store.keys():  # noqa: SIM118  a store is no mapping
        try:
            info = store.info(key)
        except CheckpointError:  # a damaged entry, which training sets aside
            continue
        if info["backbone"] == backbone and info["summary"]["tokens_per_second"]:
            rates.append(float(info["summary"]["tokens_per_second"]))
    return statistics.median(rates) if rates else None


def _tokens(phase: Phase, features: FeatureSet, *, seed: int) -> int:
    tokens = features.num_subwords()
    updates = updates_of(phase.task.config, phase.name)
    recipe = phase.task.config.recipe
    if phase.task.members:  # whose caps, shares and batches decide how often each row is read
        batches, epochs = phase.task.training_batches(features, updates=updates, seed=seed)
        lengths, length = features.lengths(), 0
        for epoch in range(epochs):
            cast(Any, batches).set_epoch(epoch)  # which the samplers of all tasks have
            length += sum(lengths[index] for batch in batches for index in batch)
        return round(length * tokens / max(sum(lengths), 1))
    if updates is None:
        return tokens * recipe.epochs
    return round(tokens / len(features) * updates * recipe.batch_size)
