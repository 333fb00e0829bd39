"""A chain: what the encoder goes through, phase by phase, and the encoder it begins with."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import torch

from xtl.config import BackboneConfig, MixtureConfig, TaskConfig, TrainConfig
from xtl.data import choose_rows, number_of_rows
from xtl.errors import DataNotFoundError
from xtl.phases.backbones import load_backbone
from xtl.phases.families import Family, MixtureFamily, family_of, languages_of, mixed_examples
from xtl.phases.links import Encoder, Phase, Trained, Workplace
from xtl.phases.memory import Memory
from xtl.phases.phase import run_phase
from xtl.phases.progress import say
from xtl.phases.record import Epoch
from xtl.types import Split


def read_phase(name: str, task: TaskConfig, config: TrainConfig, memory: Memory) -> Phase:
    """Read what a phase trains on, and choose its rows.

    Args:
        name: ``intermediate`` or ``target``.
        task: Its task.
        config: Of the cell: where rows come from, and which are chosen.
        memory: Knows what was read before.

    Raises:
        DataNotFoundError: if a language or split is not there, or has fewer rows than ``size``.
        DataFormatError: if a file is not in its format.
    """
    if isinstance(task, MixtureConfig):
        return _read_mixture(name, task, config, memory)
    family = family_of(task, config.data, config.backbone.embedding)
    if not task.recipe.epochs or task.fraction == 0 or task.size == 0:
        return Phase(name=name, family=family, train=[], validation=[])
    rows_of_lang = {lang: memory.examples(family, config.data, lang, "train") for lang in task.lang}
    count = number_of_rows(
        sum(map(len, rows_of_lang.values())),
        fraction=task.fraction,
        size=task.size,
        where=f"{name} {task.name} ({'+'.join(task.lang)})",
    )
    chosen = choose_rows(rows_of_lang, count, data_seed=config.data_seed, mix=task.mix)
    chosen += _shots(family, config, memory)
    return Phase(
        name=name,
        family=family,
        train=chosen,
        validation=_validation(family, config, memory),
        watched=_watched(family, config, memory) if name == "target" else {},
    )


def _read_mixture(name: str, task: MixtureConfig, config: TrainConfig, memory: Memory) -> Phase:
    """Read each task of a mixture as a phase of its own, and put their rows together."""
    trains = task.recipe.epochs > 0
    parts = {
        part: read_phase(
            f"{name} {part}", replace(one, recipe=replace(one.recipe, epochs=int(trains))), config, memory
        )
        for part, one in task.members.items()
    }
    family = MixtureFamily(task, {part: phase.family for part, phase in parts.items()})
    train, validation = (
        [row for part, phase in parts.items() for row in mixed_examples(part, getattr(phase, split))]
        for split in ("train", "validation")
    )
    return Phase(name=name, family=family, train=train, validation=validation)


def run_chain(phases: Sequence[Phase], workplace: Workplace) -> tuple[Encoder, list[Trained]]:
    """Take the pretrained encoder through the phases that have rows to train on.

    Returns:
        The encoder after the last phase, and what each phase left.

    Raises:
        BackboneError: if the encoder is not there.
        NonFiniteLossError: at the first loss that is no number.
    """
    backbone = workplace.config.backbone
    say(f"loading backbone {backbone.name}")
    encoder = pretrained_encoder(backbone, workplace.memory)
    trained: list[Trained] = []
    earlier: list[Epoch] = []
    for phase in phases:
        if not phase.train:
            continue
        left = run_phase(phase, encoder, workplace, earlier=earlier)
        encoder = left.encoder
        earlier += left.report.epochs
        trained.append(left)
    return encoder, trained


def pretrained_encoder(backbone: BackboneConfig, memory: Memory) -> Encoder:
    """Give the encoder that the config names, as it was pretrained.

    Raises:
        BackboneError: if it is not there.
    """
    pretrained, digest = memory.pretrained(backbone, load_backbone)
    return Encoder(pretrained=pretrained, key=digest, rows=torch.empty(0, dtype=torch.int64))


def _shots(family: Family, config: TrainConfig, memory: Memory) -> list[Any]:
    """Choose a few rows of each scored language, the same ones in row-aligned translations."""
    task = family.task
    if not task.shots:
        return []
    there = languages_of(family, "train")
    langs = [lang for lang in task.langs or there if lang in there and lang not in task.lang]
    if not langs:
        raise DataNotFoundError(
            f"task '{task.name}': expected a training set in a scored language for shots={task.shots}, "
            f"found none but in {', '.join(there)}"
        )
    shots = []
    for lang in langs:
        rows = memory.examples(family, config.data, lang, "train")
        where = f"shots of {task.name} ({lang})"
        count = number_of_rows(len(rows), fraction=1, size=task.shots, where=where)
        shots += choose_rows({lang: rows}, count, data_seed=config.data_seed)
    return shots


def _watched(family: Family, config: TrainConfig, memory: Memory) -> dict[str, list[Any]]:
    """Read the validation sets of all languages that are trained on or scored, to compare rules by."""
    task = family.task
    if not config.trainer.compare_rules:
        return {}
    there = languages_of(family, "validation")
    scored = task.langs or languages_of(family, cast(Split, task.eval_split))
    langs = [lang for lang in dict.fromkeys([*task.lang, *scored]) if lang in there]
    return {lang: _held_out(family, lang, config, memory) for lang in langs}


def _held_out(family: Family, lang: str, config: TrainConfig, memory: Memory) -> list[Any]:
    """Read what the recipe wants of a validation set."""
    rows = memory.examples(family, config.data, lang, "validation")
    return rows[: family.task.recipe.validation_rows]


def _validation(family: Family, config: TrainConfig, memory: Memory) -> list[Any]:
    """Read the validation sets of the training languages; needed only where weights are chosen with them."""
    task = family.task
    needed = task.recipe.selection == "best_validation" or task.recipe.patience > 0
    there = set(family.source.languages("validation"))
    absent = [lang for lang in task.lang if lang not in there]
    if absent and needed:
        raise DataNotFoundError(
            f"task '{task.name}': expected a validation set in {', '.join(absent)} to choose weights with "
            f"(recipe.selection={task.recipe.selection}), found none; "
            "use recipe.selection=last and patience=0"
        )
    return [row for lang in task.lang if lang in there for row in _held_out(family, lang, config, memory)]
