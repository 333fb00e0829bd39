"""Every language of a task: predictions to parquet first, then scores from the file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow.parquet as pq
import torch
from transformers import PreTrainedTokenizerBase

from xtl.config import TrainerConfig
from xtl.errors import DataNotFoundError
from xtl.modules import TokenTagging
from xtl.phases.families import TaggingFamily
from xtl.phases.predict import predict
from xtl.phases.progress import meter, say
from xtl.phases.run_folder import RunFolder
from xtl.results import Result
from xtl.types import Split, TaggingExample, TagPiece

MakeResult = Callable[[str, str, float, int], Result]
"""Language, metric, value, n to a result that knows its cell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """Where and how precisely to compute."""

    device: torch.device
    settings: TrainerConfig


def read_tests(family: TaggingFamily, langs: Sequence[str] | None, split: Split = "test") -> dict[str, list[TaggingExample]]:
    """Read the files that will be scored, before anything is trained, so that a bad one shows early.

    Args:
        family: The task.
        langs: Languages to score; ``None``: every one that has a file.
        split: What to read.

    Raises:
        DataNotFoundError: if a language that was asked for is not there, or none is.
        DataFormatError: if a file is not in its format.
    """
    chosen = family.languages(split) if langs is None else list(dict.fromkeys(langs))
    if not chosen:
        raise DataNotFoundError(
            f"task '{family.task.name}': expected a {split} file in at least one of its languages "
            f"({family.task.languages}), found none"
        )
    examples = {lang: family.examples(lang, split) for lang in chosen}
    absent = [lang for lang in family.task.languages.split() if lang not in chosen]
    if langs is None and absent:
        say(f"{family.task.name}: no {split} file here for {len(absent)} language(s): {' '.join(absent)}")
    return examples


def evaluate(
    family: TaggingFamily,
    module: TokenTagging,
    tokenizer: PreTrainedTokenizerBase,
    tests: Mapping[str, Sequence[TaggingExample]],
    *,
    machine: Machine,
    run: RunFolder,
    make_result: MakeResult,
    split: Split = "test",
) -> list[Result]:
    """Predict and score every language.

    Args:
        family: The task.
        module: Trained; is left in eval mode.
        tokenizer: The backbone's.
        tests: Sentences by language.
        machine: Device, precision, batch size.
        run: Takes the predictions.
        make_result: Makes the result lines.
        split: What ``tests`` are.

    Returns:
        One result for each language and metric.
    """
    name = family.task.name
    results: list[Result] = []
    with meter(f"{name} {split}", sum(map(len, tests.values()))) as shown:
        for lang, examples in tests.items():
            features = family.features(examples, tokenizer)
            loader = family.evaluation_loader(
                features, pad_id=tokenizer.pad_token_id, max_tokens=machine.settings.eval_tokens
            )
            pieces: list[TagPiece] = []
            for found, tokens in predict(
                module, loader, device=machine.device, precision=machine.settings.precision
            ):
                pieces += found
                whole = sum(piece["first_word"] == 0 for piece in found)
                shown.advance(whole, tokens=tokens, note=lang)
            path = run.write_predictions(name, lang, split, family.table(examples, pieces))
            scores = family.scores(pq.read_table(path))
            results += [make_result(lang, metric, value, len(examples)) for metric, value in scores.items()]
    return results
