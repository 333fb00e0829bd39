"""Results: one line of JSON for each number, with all that identifies its cell."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from xtl.atomic import write_text
from xtl.errors import DataFormatError, DataNotFoundError
from xtl.types import SplitName

FILE_NAME = "results.jsonl"


LAST, BEST_VALIDATION, BEST_MEAN, ORACLE = "last", "best_validation", "best_mean", "oracle"
"""Rules that choose weights among those of each epoch: the last ones; the best on the validation set of the
training languages; the best mean over the validation sets of all languages; for each language the best on its
own validation set, which is no longer zero-shot (Keung et al. 2020 report it beside the others)."""


UNTRAINED = "untrained"
"""The rule of results of an encoder that no phase has trained on the task."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """One score of one task in one language by one cell.

    Attributes:
        task: The task that was scored.
        lang: The task's own code of the language.
        split: What was scored.
        metric: Name of the score, such as ``accuracy``.
        value: In [0, 100].
        n: Examples that were scored (sentences, for tagging).
        cell: Hash of the cell's settings, those left out that change no score, such as threads.
        rule: Which weights were scored: ``best_validation``, ``last``, ``best_mean``, ``oracle`` or
            ``untrained``.
        chosen: Whether that is the rule of the recipe, whose value is the score; others stand beside it.
        train_task: The task that the head was trained on.
        train_lang: Languages of its training set, joined by ``+``.
        train_rows: Examples of its training set.
        train_ids: Hash of which examples those were.
        train_budget: ``epochs:N`` or ``steps:N``.
        shots: Examples of each scored language among them; 0: zero-shot.
        intermediate_task: What the encoder was trained on before; empty: nothing.
        intermediate_lang: Languages of that training set, joined by ``+``; set for a baseline too, whose
            ``intermediate_rows`` are 0.
        intermediate_rows: Its examples.
        intermediate_fraction: Share of the examples there are; -1 where a number was asked for.
        intermediate_ids: Hash of which examples those were.
        intermediate_budget: ``epochs:N`` or ``steps:N``.
        phase_key: Hash of all that decides the weights.
        recipe: Name of the recipe.
        tuning: Which weights were trained: ``full``, ``lora:8`` (with what it was chosen with); where phases
            differ, one after the other as in ``bitfit>full``.
        seed: Of the cell.
        data_seed: Of the choice of rows.
        backbone: Name of the pretrained encoder.
        commit: Of xtl's checkout, ``-dirty`` behind it where files differed; empty for an installed package.
        version: Of xtl.
        device: Kind of device that trained, such as ``cpu``.
        seconds: That training of all phases took, validation included, whenever that was.
        tokens: That training of all phases read, padding left out, all epochs together.
    """

    task: str
    lang: str
    split: SplitName
    metric: str
    value: float
    n: int
    cell: str
    rule: str
    train_task: str
    train_lang: str
    train_rows: int
    train_ids: str
    train_budget: str
    shots: int
    intermediate_task: str
    intermediate_lang: str
    intermediate_rows: int
    intermediate_fraction: float
    intermediate_ids: str
    intermediate_budget: str
    phase_key: str
    recipe: str
    tuning: str
    seed: int
    data_seed: int
    backbone: str
    commit: str
    version: str
    device: str
    seconds: float
    tokens: int
    chosen: bool = True


def write(path: Path, results: Iterable[Result]) -> None:
    """Write one JSON object a line, whole."""
    write_text(path, "".join(json.dumps(asdict(result), ensure_ascii=False) + "\n" for result in results))


def scores(results: Iterable[Result]) -> list[Result]:
    """Leave out what other rules than the chosen one would have scored."""
    return [result for result in results if result.chosen]


def read(path: Path) -> list[Result]:
    """Read what :func:`write` wrote.

    Raises:
        DataNotFoundError: if the file is not there.
        DataFormatError: if a line is not one result.
    """
    if not path.is_file():
        raise DataNotFoundError(f"{path}: expected the results of a run, found none; did the run end?")
    results = []
    with path.open("rb") as lines:  # bytes end lines at LF alone
        numbered = list(enumerate(lines, start=1))
    for number, line in numbered:
        try:
            result = Result(**json.loads(line))
            if not isinstance(result.value, int | float):
                raise TypeError("value is no number")
            results.append(result)
        except (ValueError, TypeError) as error:
            names = ", ".join(field.name for field in fields(Result))
            shown = line.decode("utf-8", errors="replace").removesuffix("\n")
            raise DataFormatError(
                f"{path}:{number}: expected one JSON object with {names}; got {shown[:60]!r}"
            ) from error
    return results
