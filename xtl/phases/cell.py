"""One cell, from its resolved config to its results: ``python -m xtl.phases.cell RUN_FOLDER/config.yaml``."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from lightning import seed_everything
from rich.console import Console
from transformers.utils.logging import disable_progress_bar

import xtl
from xtl import config as configs
from xtl import results
from xtl.config import BackboneConfig, TaggingConfig, TrainConfig
from xtl.data import LocalSource
from xtl.errors import XtlError
from xtl.files import write_json
from xtl.models import Pretrained, active_vocabulary, e5_small, hub, tiny
from xtl.modules import AdamWLinear, TokenTagging
from xtl.phases.evaluate import Machine, evaluate, read_tests
from xtl.phases.families import TaggingFamily
from xtl.phases.families.tagging import named_by_language
from xtl.phases.fit import FitReport, fit
from xtl.phases.key import phase_key, weights_digest
from xtl.phases.predict import pick_device
from xtl.phases.progress import say
from xtl.phases.run_folder import SUMMARY, HeadInfo, RunFolder, commit
from xtl.report import as_table, draw_transfer
from xtl.results import Result
from xtl.types import Split, TaggingExample, TaggingFeature

FIGURE = "transfer.png"


@dataclass(frozen=True, kw_only=True, slots=True)
class Trained:
    """What the target phase leaves."""

    module: TokenTagging
    pretrained: Pretrained
    report: FitReport
    key: str
    rows: int


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
    machine = Machine(device=pick_device(config.trainer.accelerator), settings=config.trainer)
    say(f"run folder: {folder}")
    run.write_config(configs.dump(config))
    run.write_environment(device=machine.device.type, arguments=sys.argv)

    family = tagging_family(config.target, config.data.root)
    train, validation = (_read(family, config.target.lang, split) for split in ("train", "validation"))
    tests = read_tests(family, config.target.langs)
    say(
        f"{family.task.name}: {len(train):,} sentences to train on and {len(validation):,} to validate on "
        f"({', '.join(config.target.lang)}), {sum(map(len, tests.values())):,} to test on ({', '.join(tests)})"
    )
    trained = train_target(config, family, train, validation, run)
    say(f"kept the weights of epoch {trained.report.kept_epoch}; saving encoder and head")
    info = HeadInfo(task=family.task.name, family=family.task.family, tags=family.tags, max_len=family.task.max_len)
    run.save_model(trained.pretrained, trained.module, info)

    def make_result(lang: str, metric: str, value: float, n: int) -> Result:
        return _result(config, trained, machine, lang=lang, metric=metric, value=value, n=n)

    found = evaluate(
        family, trained.module, trained.pretrained.tokenizer, tests,
        machine=machine, run=run, make_result=make_result,
    )  # fmt: skip
    results.write(folder / results.FILE_NAME, found)
    show(found, folder)
    return found


def train_target(
    config: TrainConfig,
    family: TaggingFamily,
    train: Sequence[TaggingExample],
    validation: Sequence[TaggingExample],
    run: RunFolder,
) -> Trained:
    """Fit a new head and the encoder on the target task."""
    recipe, settings = config.target.recipe, config.trainer
    say(f"loading backbone {config.backbone.name}")
    pretrained = load_backbone(config.backbone)
    backbone, tokenizer = pretrained.backbone, pretrained.tokenizer
    key = phase_key(
        backbone=weights_digest(backbone),
        task=config.target,
        rows={"train": map(repr, train), "validation": map(repr, validation)},
        precision=settings.precision,
        seed=config.seed,
    )
    features = family.features(named_by_language(train), tokenizer)
    held_out = family.features(named_by_language(validation), tokenizer)
    loader = family.training_loader(
        features, pad_id=tokenizer.pad_token_id, batch_size=recipe.batch_size, seed=config.seed
    )
    optimizer = AdamWLinear(
        lr=recipe.lr,
        total_steps=len(loader) * recipe.epochs,
        warmup=recipe.warmup,
        weight_decay=recipe.weight_decay,
        fused=settings.precision != "16-mixed",
    )
    used = _ids(features) | _ids(held_out) if settings.active_vocabulary else range(backbone.vocab_size)
    with active_vocabulary(backbone, used):
        module = family.module(backbone, optimizer, dropout=recipe.dropout)
        report = fit(
            module,
            loader,
            family.evaluation_loader(held_out, pad_id=tokenizer.pad_token_id, max_tokens=settings.eval_tokens),
            recipe=recipe,
            settings=settings,
            run_folder=run.path,
            name=f"target {family.task.name}",
        )
    summary = {"key": key, "phase": "target", "task": family.task.name, "rows": len(train), "kept_epoch": report.kept_epoch}
    rates = {"seconds": round(report.seconds, 1), "tokens": report.tokens, "tokens_per_second": round(report.tokens_per_second)}
    write_json(run.path / SUMMARY, summary | rates)
    return Trained(module=module, pretrained=pretrained, report=report, key=key, rows=len(train))


def load_backbone(backbone: BackboneConfig) -> Pretrained:
    """Load the encoder that the config names.

    Raises:
        BackboneError: if it is not there.
    """
    match backbone.source:
        case "e5_small":
            return e5_small()
        case "tiny":
            return tiny()
        case _:
            return hub(str(backbone.path), revision=backbone.revision)


def tagging_family(task: object, root: str | None) -> TaggingFamily:
    """Compose the family of a task over a local source."""
    if not isinstance(task, TaggingConfig):
        raise TypeError(f"expected a tagging task, got {type(task).__name__}")
    return TaggingFamily(task, LocalSource(Path(str(root)).expanduser()))


def show(found: Sequence[Result], folder: Path) -> None:
    """Print the table of a cell on standard output, draw its picture, say where both came from."""
    Console(highlight=False).print(as_table(found))
    draw_transfer(found, folder / FIGURE)
    say(f"results: {folder / results.FILE_NAME}\npicture: {folder / FIGURE}")


def _read(family: TaggingFamily, langs: Sequence[str], split: Split) -> list[TaggingExample]:
    return [example for lang in langs for example in family.examples(lang, split)]


def _ids(features: Sequence[TaggingFeature]) -> set[int]:
    return {id_ for feature in features for id_ in feature["input_ids"]}


def _result(
    config: TrainConfig, trained: Trained, machine: Machine, *, lang: str, metric: str, value: float, n: int
) -> Result:
    return Result(
        task=config.target.name,
        lang=lang,
        split="test",
        metric=metric,
        value=value,
        n=n,
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
    try:
        run_cell(configs.load(path), path.parent)
    except XtlError as error:
        say(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
