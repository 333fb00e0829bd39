"""What views show, as plain values: settings, epochs on one axis, scores."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

import xtl
from xtl.models.files import published_name
from xtl.results import Result, selected, to_line
from xtl.runs.fingerprint import run_fingerprint
from xtl.schemas.cell import TrainConfig
from xtl.schemas.task import TaskConfig
from xtl.store.records import TrainedPhase
from xtl.training.history import EpochMetrics

Plain = str | int | float | bool | None
"""Value that every view shows as it is."""

LONGEST_TAG = 64

TABLE_COLUMNS = ("task", "lang", "split", "metric", "value", "n", "rule", "chosen", "zero_shot")
"""Columns of the table of scores: fields of a line of ``results.jsonl``; whether the language is unseen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CellInfo:
    """What identifies a cell in a view.

    Attributes:
        id: Id of its run, see :func:`xtl.tracking.identity.run_id`.
        name: Name that a person reads.
        group: Name of the sweep; ``None`` for a cell alone.
        tags: Target, intermediate task and languages, at most 64 characters each.
        config: Settings by path, such as ``target/recipe/lr``; ``cell`` is the cell's fingerprint.
    """

    id: str
    name: str
    group: str | None
    tags: tuple[str, ...]
    config: Mapping[str, Plain]


def cell_info(config: TrainConfig, run_id: str) -> CellInfo:
    """Describe a cell to a view.

    Args:
        config: Config of the cell, its precision resolved.
        run_id: Id of the run that shows it.
    """
    settings = asdict(config)
    for name in ("tracking", "sweep"):  # neither is of the cell
        settings.pop(name)
    settings["data"].pop("root")  # of this machine, and no score hangs on it
    settings["backbone"]["path"] = published_name(config.backbone.path) if config.backbone.path else None
    of_all = {"cell": run_fingerprint(config), "version": xtl.__version__}
    return CellInfo(
        id=run_id,
        name=_name(config),
        group=config.tracking.group,
        tags=tuple(tag[:LONGEST_TAG] for tag in _tags(config)),
        config={**of_all, **dict(flat(settings))},
    )


def flat(values: Mapping[str, object], path: str = "") -> Iterator[tuple[str, Plain]]:
    """Plain values with their paths; a list is joined by ``+``, an empty mapping left out.

    Of a folder of this machine its name alone is given.

    Example:
        >>> dict(flat({"recipe": {"lr": 0.1}, "lang": ["en", "de"], "size": None}))
        {'recipe/lr': 0.1, 'lang': 'en+de', 'size': None}
    """
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{path}{key}/")
        elif isinstance(value, list | tuple):
            yield f"{path}{key}", "+".join(_published(str(element)) for element in value)
        elif isinstance(value, str):
            yield f"{path}{key}", _published(value)
        else:
            yield f"{path}{key}", value if isinstance(value, Plain) else str(value)


def _published(text: str) -> str:
    """Text as servers may have it: of a path of this machine the name alone, as the rest may be private."""
    return Path(text).name or text if text.startswith(("/", "~/", "./", "../")) else text


def epoch_rows(epochs: Iterable[EpochMetrics]) -> Iterator[tuple[int, dict[str, float]]]:
    """Metrics of each epoch, with the updates and tokens of all phases until then.

    Args:
        epochs: Epochs of all phases so far, in order; each phase counts from 0.

    Yields:
        Updates so far, and the metrics, whose names begin with the phase's.
    """
    phase, updates, tokens, last_update, last_tokens = "", 0, 0, 0, 0
    for epoch in epochs:
        if epoch.phase != phase:
            phase, updates, tokens = epoch.phase, updates + last_update, tokens + last_tokens
        last_update, last_tokens = epoch.update, epoch.tokens
        yield updates + last_update, {"tokens": tokens + last_tokens, **_metrics(epoch)}


def _metrics(epoch: EpochMetrics) -> dict[str, float]:
    name = epoch.phase.partition(" ")[0]
    values = {
        "epoch": epoch.epoch,
        "train_loss": epoch.train_loss,
        "val_loss": epoch.val_loss,
        "val_score": epoch.val_score,
        **{f"val_score/{lang}": score for lang, score in epoch.val_scores.items()},
        "seconds": epoch.seconds,
        "tokens_per_second": epoch.tokens_per_second,
    }
    return {f"{name}/{key}": value for key, value in values.items() if value is not None}


def phase_values(phases: Iterable[TrainedPhase]) -> dict[str, Plain]:
    """Key, rows and cost of each phase, such as ``target/phase_key``."""
    values: dict[str, Plain] = {"intermediate/rows": 0}  # where none was trained
    for trained in phases:
        report = trained.report
        of_phase: dict[str, Plain] = {
            "phase_key": trained.encoder.key,
            "reused": trained.reused,
            "rows": trained.phase.num_rows,
            "total_seconds": round(report.seconds, 1),
            "total_tokens": report.tokens,
            "selected_epoch": report.selected_epoch,
        }
        values |= {f"{trained.phase.name}/{key}": value for key, value in of_phase.items()}
    return values


def score_values(results: Sequence[Result]) -> dict[str, float]:
    """Final scores of the recipe's selection by name, such as ``test/udpos/f1/de``.

    ``test/udpos/f1/mean`` is the mean over all languages, ``.../zero_shot_mean`` over those without rows to
    train on.
    """
    by_metric: dict[str, list[Result]] = defaultdict(list)
    for result in selected(results):
        by_metric[f"test/{result.task}/{result.metric}"].append(result)
    scores: dict[str, float] = {}
    for name, lines in by_metric.items():
        scores |= {f"{name}/{line.lang}": line.value for line in lines}
        scores[f"{name}/mean"] = fmean(line.value for line in lines)
        unseen = [line.value for line in lines if is_zero_shot(line)]
        if unseen:
            scores[f"{name}/zero_shot_mean"] = fmean(unseen)
    return scores


def is_zero_shot(result: Result) -> bool:
    """Whether the target phase saw no row of the language that was scored."""
    return not result.run.shots and not result.is_source


def table_rows(results: Iterable[Result]) -> list[list[Plain]]:
    """Rows of the table of scores, those of all selections, under :data:`TABLE_COLUMNS`."""
    rows = []
    for result in results:
        line = {**to_line(result), "zero_shot": is_zero_shot(result)}
        rows.append([line[column] for column in TABLE_COLUMNS])
    return rows


def _name(config: TrainConfig) -> str:
    """Name such as ``mnli de 0.25 > udpos en, seed 1``."""
    phases = [_phase_name(config.target)]
    intermediate = config.intermediate
    if intermediate is not None:
        amount = intermediate.fraction if intermediate.size is None else intermediate.size
        phases.insert(0, f"{_phase_name(intermediate)} {amount:g}")
    return f"{' > '.join(phases)}, seed {config.seed}"


def _phase_name(task: TaskConfig) -> str:
    return f"{task.name} {'+'.join(task.lang)}".strip()


def _tags(config: TrainConfig) -> Iterator[str]:
    for phase, task in reversed(config.phases):
        yield f"{phase}:{task.name}"
        yield from (f"{phase}_lang:{lang}" for lang in task.lang)
    yield f"backbone:{config.backbone.name}"
