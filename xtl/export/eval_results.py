"""Scores in the header of a model card, each of the data set on the hub that it was read from."""

from collections.abc import Sequence

from huggingface_hub import EvalResult

from xtl.languages import language
from xtl.results import Result
from xtl.schemas.data import DataConfig
from xtl.schemas.task import TaskConfig
from xtl.tasks.registry import parts_of
from xtl.tasks.sources import hub_addresses

DataSet = tuple[str, str, str]
"""Repository, config and split of the hub; of what is not read from one: task, language and split."""


def eval_results(
    scores: Sequence[Result], tasks: Sequence[TaskConfig], data: DataConfig, pipeline: str
) -> list[EvalResult]:
    """Describe scores as the hub reads them.

    Args:
        scores: Scores of a run.
        tasks: Tasks of the run; one may be made of several.
        data: Source of the data that was scored.
        pipeline: Task of the hub, such as ``token-classification``.
    """
    by_name = {name: part for task in tasks for name, part in parts_of(task).items()}
    data_sets = [_data_set(score, by_name.get(score.task), data) for score in scores]
    languages: dict[DataSet, set[str]] = {}
    for score, data_set in zip(scores, data_sets, strict=True):
        languages.setdefault(data_set, set()).add(score.lang)
    return [
        _eval_result(score, data_set, pipeline, shares_config=len(languages[data_set]) > 1)
        for score, data_set in zip(scores, data_sets, strict=True)
    ]


def _eval_result(score: Result, data_set: DataSet, pipeline: str, *, shares_config: bool) -> EvalResult:
    repository, config, split = data_set
    name = language(score.lang).name
    return EvalResult(
        task_type=pipeline,
        dataset_type=repository,
        # The hub puts all scores of a config under one name, that of the first of them.
        dataset_name=score.task if shares_config else f"{score.task} ({name})",
        dataset_config=config,
        dataset_split=split,
        metric_type=score.metric,
        metric_name=f"{score.metric} ({name})" if shares_config else None,
        metric_value=round(score.value, 2),
    )


def _data_set(score: Result, task: TaskConfig | None, data: DataConfig) -> DataSet:
    addresses = [] if task is None or data.source != "hub" else hub_addresses(task, score.lang, score.split)
    if len({(address.repository, address.config) for address in addresses}) != 1:
        return score.task, score.lang, score.split  # none has it, or no single one
    splits = "+".join(dict.fromkeys(address.split for address in addresses))
    return addresses[0].repository, addresses[0].config, splits
