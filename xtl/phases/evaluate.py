"""Every language of a task: predictions to parquet first, then scores from the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow.parquet as pq
from transformers import PreTrainedTokenizerBase

from xtl.config import DataConfig
from xtl.errors import DataNotFoundError
from xtl.modules import XtlModule
from xtl.phases.families import Family, Thresholded, languages_of, named_by_language
from xtl.phases.loaders import evaluation_loader
from xtl.phases.machine import Machine
from xtl.phases.memory import Memory
from xtl.phases.predict import predict
from xtl.phases.progress import Meter, meter, say
from xtl.phases.run_folder import RunFolder
from xtl.results import Result
from xtl.types import Split


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainedTask:
    """A trained module with what is needed to use it on the files of its task."""

    family: Family
    module: XtlModule
    tokenizer: PreTrainedTokenizerBase
    memory: Memory = field(default_factory=Memory)


def read_tests(
    family: Family,
    data: DataConfig,
    langs: Sequence[str] | None,
    *,
    split: Split = "test",
    memory: Memory | None = None,
) -> dict[str, list[Any]]:
    """Read the files that will be scored, before anything is trained, so that a bad one shows early.

    Args:
        family: The task.
        data: Where it comes from.
        langs: Languages to score; ``None``: every one that has a file.
        split: What to read.
        memory: Knows what was read before.

    Raises:
        DataNotFoundError: if a language that was asked for is not there, or none is.
        DataFormatError: if a file is not in its format.
    """
    chosen = languages_of(family, split) if langs is None else list(dict.fromkeys(langs))
    if not chosen:
        raise DataNotFoundError(
            f"task '{family.task.name}': expected a {split} file in at least one of its languages "
            f"({family.task.languages}), found none"
        )
    memory = memory or Memory()
    examples = {lang: memory.examples(family, data, lang, split) for lang in chosen}
    absent = [lang for lang in family.task.languages.split() if lang not in chosen]
    if langs is None and absent:
        say(f"{family.task.name}: no {split} file here for {len(absent)} language(s): {' '.join(absent)}")
    return examples


def evaluate(
    model: TrainedTask,
    tests: Mapping[str, Sequence[Any]],
    *,
    machine: Machine,
    run: RunFolder,
    origin: Result,
    folder: str = "",
) -> list[Result]:
    """Predict and score every language.

    Args:
        model: Its module is left in eval mode.
        tests: Sentences by language.
        machine: Device, precision, batch size.
        run: Takes the predictions.
        origin: A result of the cell; task, language, metric, value and n are filled in.
        folder: Of the predictions; empty: the name of the task.

    Returns:
        One result for each language and metric, in the order of ``tests``.
    """
    results: list[Result] = []
    thresholds: dict[tuple[str, ...], float] = {}
    name, split = model.family.task.name, origin.split
    with meter(f"{name} {split}", sum(map(len, tests.values()))) as shown:
        for lang, examples in tests.items():
            threshold = _threshold(model, lang, machine, thresholds)
            predictions = _predict(model, examples, machine, shown, note=lang)
            table = model.family.table(examples, predictions, threshold)
            path = run.write_predictions(folder or name, lang, split, table)
            for metric, value in model.family.scores(pq.read_table(path)).items():
                results.append(
                    replace(origin, task=name, lang=lang, metric=metric, value=value, n=len(examples))
                )
    if thresholds and not folder:
        run.write_thresholds(name, {"+".join(langs): value for langs, value in thresholds.items()})
    return results


def _threshold(
    model: TrainedTask, lang: str, machine: Machine, known: dict[tuple[str, ...], float]
) -> float | None:
    """Tune the family's threshold, if it has one, where it says; never on what is scored."""
    family = model.family
    if not isinstance(family, Thresholded) or not family.tuned_on:
        return None
    langs = tuple(family.task.lang) if family.tuned_on == "train" else (lang,)
    if langs not in known:
        there = [one for one in langs if one in family.source.languages("validation")]
        held_out = named_by_language(
            [row for one in there for row in family.source.examples(one, "validation")]
        )
        if held_out:
            with meter(f"{family.task.name} threshold ({'+'.join(there)})", len(held_out)) as shown:
                known[langs] = family.tune(held_out, _predict(model, held_out, machine, shown, note=""))
        else:
            known[langs] = 0.0
            say(f"{family.task.name}: no validation set in {', '.join(langs)}; the threshold is 0")
    return known[langs]


def _predict(
    model: TrainedTask, examples: Sequence[Any], machine: Machine, shown: Meter, *, note: str
) -> list[Any]:
    features = model.memory.features(model.family, examples, model.tokenizer)
    pad_id = model.tokenizer.pad_token_id
    loader = evaluation_loader(model.family, features, pad_id=pad_id, max_tokens=machine.eval_tokens)
    predictions: list[Any] = []
    seen: set[str] = set()
    for found, tokens in predict(model.module, loader, device=machine.device, precision=machine.precision):
        predictions += found
        new = {prediction["uid"] for prediction in found} - seen
        seen |= new
        shown.advance(len(new), tokens=tokens, note=note)
    return predictions
