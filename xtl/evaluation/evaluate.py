"""Every language of a task: predictions to parquet first, then scores from the file."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pyarrow.parquet as pq

from xtl.modules.inference import predict
from xtl.progress import Meter, meter, say
from xtl.results import Result, RunInfo
from xtl.runs.run_folder import RunFolder
from xtl.tasks.base import Thresholded, named_by_language
from xtl.tasks.loaders import evaluation_loader
from xtl.tasks.trained import TrainedTask
from xtl.training.device import DeviceSettings
from xtl.types import SplitName


def evaluate(
    model: TrainedTask,
    tests: Mapping[str, Sequence[Any]],
    *,
    machine: DeviceSettings,
    run: RunFolder,
    run_info: RunInfo,
    folder: str = "",
) -> list[Result]:
    """Predict and score every language.

    Args:
        model: Its module is left in eval mode.
        tests: Sentences by language.
        machine: Device, precision, batch size.
        run: Takes the predictions.
        run_info: Run that the scores are of.
        folder: Of the predictions; empty: the name of the task.

    Returns:
        One result for each language and metric, in the order of ``tests``.
    """
    results: list[Result] = []
    thresholds: dict[tuple[str, ...], float] = {}
    name, split = model.task.name, cast(SplitName, model.task.config.eval_split)
    with meter(f"{name} {split}", sum(map(len, tests.values()))) as shown:
        for lang, examples in tests.items():
            threshold = _threshold(model, lang, machine, thresholds)
            predictions = _predict(model, examples, machine, shown, note=lang)
            table = model.task.table(examples, predictions, threshold)
            path = run.write_predictions(folder or name, lang, split, table)
            for metric, value in model.task.scores(pq.read_table(path)).items():
                results.append(
                    Result(
                        task=name,
                        lang=lang,
                        split=split,
                        metric=metric,
                        value=value,
                        n=len(examples),
                        run=run_info,
                    )
                )
    if thresholds and not folder:
        run.write_thresholds(name, {"+".join(langs): value for langs, value in thresholds.items()})
    return results


def _threshold(
    model: TrainedTask, lang: str, machine: DeviceSettings, known: dict[tuple[str, ...], float]
) -> float | None:
    """Tune the task's threshold, if it has one, where it says; never on what is scored."""
    task = model.task
    if not isinstance(task, Thresholded) or not task.tuned_on:
        return None
    langs = tuple(task.config.lang) if task.tuned_on == "train" else (lang,)
    if langs not in known:
        there = [one for one in langs if one in task.source.languages("validation")]
        held_out = named_by_language(
            [row for one in there for row in task.source.examples(one, "validation")]
        )
        if held_out:
            with meter(f"{task.name} threshold ({'+'.join(there)})", len(held_out)) as shown:
                known[langs] = task.tune(held_out, _predict(model, held_out, machine, shown, note=""))
        else:
            known[langs] = 0.0
            say(f"{task.name}: no validation set in {', '.join(langs)}; the threshold is 0")
    return known[langs]


def _predict(
    model: TrainedTask, examples: Sequence[Any], machine: DeviceSettings, shown: Meter, *, note: str
) -> list[Any]:
    features = model.memory.features(model.task, examples, model.tokenizer)
    pad_id = model.tokenizer.pad_token_id
    loader = evaluation_loader(model.task, features, pad_id=pad_id, max_tokens=machine.eval_tokens)
    predictions: list[Any] = []
    seen: set[str] = set()
    for found, tokens in predict(model.module, loader, device=machine.device, precision=machine.precision):
        predictions += found
        new = {prediction["uid"] for prediction in found} - seen
        seen |= new
        shown.advance(len(new), tokens=tokens, note=note)
    return predictions
