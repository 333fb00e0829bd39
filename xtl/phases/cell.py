"""One cell, from its resolved config to its results: ``python -m xtl.phases.cell RUN_FOLDER/config.yaml``."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import torch
from lightning import seed_everything
from transformers.utils.logging import disable_progress_bar

import xtl
from xtl import config as configs
from xtl import results
from xtl.config import TrainConfig
from xtl.phases.evaluate import Machine, TrainedTask, evaluate, read_tests
from xtl.phases.families import Family, family_of
from xtl.phases.progress import errors_told, say
from xtl.phases.run_folder import HeadInfo, RunFolder, commit
from xtl.phases.target import Trained, TrainingData, train_target
from xtl.results import UNTRAINED, Result
from xtl.types import Split


def run_cell(config: TrainConfig, folder: Path) -> list[Result]:
    """Train on the target task, score every language, leave a run folder.

    Args:
        config: Checked.
        folder: The run folder; files of an earlier run in it are replaced.

    Returns:
        The results, as they stand in ``results.jsonl``.

    Raises:
        XtlError: for what a user can mend: data, backbone, a loss that is no number.
    """
    seed_everything(config.seed, workers=True, verbose=False)
    disable_progress_bar()  # of transformers: loading and saving have their own line
    if config.trainer.threads is not None:
        torch.set_num_threads(config.trainer.threads)
    run = RunFolder(folder)
    machine = Machine.of(config.trainer)
    resolved = replace(config.trainer, precision=machine.precision, eval_tokens=machine.eval_tokens)
    config = replace(config, trainer=resolved)
    say(
        f"run folder: {folder}\ndevice: {machine.device.type}, {torch.get_num_threads()} "
        f"threads, {machine.precision}"
    )
    run.write_config(configs.dump(config))
    run.write_environment(device=machine.device.type, arguments=sys.argv)

    family = family_of(config.target, config.data)
    data = _training_data(config, family)
    tests = read_tests(family, config.target.langs, cast(Split, config.target.eval_split))
    _say_what_was_read(config, family, data, tests)
    trained = train_target(config, family, data, machine=machine, run=run)
    if trained.report.kept_epoch:
        say(f"kept the weights of epoch {trained.report.kept_epoch}; saving encoder and head")
    info = HeadInfo(
        task=family.task.name, family=family.task.family, labels=family.labels, max_len=family.task.max_len
    )
    run.save_model(trained.pretrained, trained.module, info)

    model = TrainedTask(family=family, module=trained.module, tokenizer=trained.pretrained.tokenizer)
    found = evaluate(model, tests, machine=machine, run=run, origin=_origin(config, trained, machine))
    for line in family.tally.lines():
        say(f"{family.task.name}: {line}")
    results.write(folder / results.FILE_NAME, found)
    say(f"results: {folder / results.FILE_NAME}")
    return found


def _training_data(config: TrainConfig, family: Family) -> TrainingData:
    """Read what is trained on; nothing, if nothing is trained."""
    if not config.target.recipe.epochs:
        return TrainingData(train=[], validation=[])
    return TrainingData(
        train=_read(family, config.target.lang, "train"),
        validation=_read(family, config.target.lang, "validation"),
    )


def _say_what_was_read(
    config: TrainConfig, family: Family, data: TrainingData, tests: Mapping[str, Sequence[Any]]
) -> None:
    training = (
        f"{len(data.train):,} examples to train on and {len(data.validation):,} to validate on "
        f"({', '.join(config.target.lang)}), "
        if data.train
        else "no training, "
    )
    say(f"{family.task.name}: {training}{sum(map(len, tests.values())):,} to test on ({', '.join(tests)})")


def _read(family: Family, langs: Sequence[str], split: Split) -> list[Any]:
    return [example for lang in langs for example in family.source.examples(lang, split)]


def _origin(config: TrainConfig, trained: Trained, machine: Machine) -> Result:
    """Make a result that knows its cell; language, metric and value come with each score."""
    return Result(
        task=config.target.name,
        lang="",
        split=cast(Split, config.target.eval_split),
        metric="",
        value=float("nan"),
        n=0,
        rule=config.target.recipe.selection if trained.rows else UNTRAINED,
        train_task=config.target.name,
        train_lang="+".join(config.target.lang),
        train_rows=trained.rows,
        phase_key=trained.key,
        recipe=config.recipe.name,
        seed=config.seed,
        backbone=config.backbone.name,
        commit=commit(),
        version=xtl.__version__,
        device=machine.device.type,
        seconds=round(trained.report.seconds, 1),
        tokens=trained.report.tokens,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cell of one config file; return the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    if len(given) != 1 or given[0] in ("-h", "--help"):
        say("usage: python -m xtl.phases.cell RUN_FOLDER/config.yaml")
        return 0 if given and given[0] in ("-h", "--help") else 2
    path = Path(given[0])
    with errors_told(path.parent):
        run_cell(configs.load(path), path.parent)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
