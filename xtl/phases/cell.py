"""One cell, from its resolved config to its results: ``python -m xtl.phases.cell RUN_FOLDER/config.yaml``."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

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
from xtl.results import Result
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
    data = TrainingData(
        train=_read(family, config.target.lang, "train"),
        validation=_read(family, config.target.lang, "validation"),
    )
    tests = read_tests(family, config.target.langs)
    say(
        f"{family.task.name}: {len(data.train):,} examples to train on and {len(data.validation):,} to "
        f"validate on ({', '.join(config.target.lang)}), {sum(map(len, tests.values())):,} to test on "
        f"({', '.join(tests)})"
    )
    trained = train_target(config, family, data, machine=machine, run=run)
    say(f"kept the weights of epoch {trained.report.kept_epoch}; saving encoder and head")
    info = HeadInfo(
        task=family.task.name, family=family.task.family, labels=family.labels, max_len=family.task.max_len
    )
    run.save_model(trained.pretrained, trained.module, info)

    model = TrainedTask(family=family, module=trained.module, tokenizer=trained.pretrained.tokenizer)
    found = evaluate(model, tests, machine=machine, run=run, origin=_origin(config, trained, machine))
    results.write(folder / results.FILE_NAME, found)
    say(f"results: {folder / results.FILE_NAME}")
    return found


def _read(family: Family, langs: Sequence[str], split: Split) -> list[Any]:
    return [example for lang in langs for example in family.source.examples(lang, split)]


def _origin(config: TrainConfig, trained: Trained, machine: Machine) -> Result:
    """Make a result that knows its cell; language, metric and value come with each score."""
    return Result(
        task=config.target.name,
        lang="",
        split="test",
        metric="",
        value=float("nan"),
        n=0,
        rule=config.target.recipe.selection,
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
