"""``xtl-data prepare``: tokenise ahead, so that no phase has to, whatever share of the data it trains on."""

import argparse
import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich import box

from xtl.cli.data.source import add_source, cards_of, cell_of, check_langs, langs_of, splits_of
from xtl.errors import DataNotFoundError
from xtl.garbage import modules_kept
from xtl.progress import progress_meter
from xtl.schemas.cell import TrainConfig
from xtl.terminal import PlainTable, plain_console
from xtl.types import SplitName

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from xtl.inspection.prepare import Prepared

logger = logging.getLogger(__name__)

_ABOUT = """\
Encode data into the cache ($XTL_CACHE/features), where xtl-train, xtl-evaluate and sweeps find them. Examples
of files above 256 KB are kept as they were parsed ($XTL_CACHE/examples). A split is encoded once, and every
fraction= and size= of it is taken from there; only raw text (mlm), whose lines are packed together, is
prepared for fraction=1 in one language. Settings that change what is encoded stand behind the tasks, as for
xtl-train: recipe=phang2020, target.max_len=256, target.fused_forms=true."""


def add_parser(commands: Any) -> None:  # noqa: ANN401  argparse has no public name for it
    """Add the command to those of ``xtl-data``."""
    parser = commands.add_parser(
        "prepare",
        help="parse and tokenise ahead into the cache",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("words", nargs="+", metavar="TASK", help="one or several; behind them KEY=VALUE")
    add_source(parser)
    parser.add_argument("--backbone", default="xlmr_base", metavar="NAME", help="default: xlmr_base")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Encode and print what it took.

    Raises:
        XtlError: if something is not there or cannot be read.
    """
    names = [word for word in options.words if "=" not in word]
    overrides = [f"backbone={options.backbone}", *(word for word in options.words if "=" in word)]
    cells = [(card, cell_of(options, card, *overrides)) for card in cards_of(options, names)]
    langs = [langs_of(options, cell) for _, cell in cells]
    # Imported late, so that --help and a wrong setting answer at once.
    with modules_kept():
        from xtl.caching.feature_files import features_folder
        from xtl.models.load import load_tokenizer

    backbone = cells[0][1].backbone
    tokenizer = load_tokenizer(backbone.source, path=backbone.path, revision=backbone.revision)
    prepared: list[Prepared] = []
    for (_, cell), codes in zip(cells, langs, strict=True):
        prepared += _prepared(cell, codes, splits_of(options), tokenizer)
    plain_console().print(_table(prepared))
    check_langs(options, [split.lang for split in prepared])
    size, seconds = sum(split.size for split in prepared), sum(split.seconds for split in prepared)
    logger.info(
        "%s MB for %s in %s, %.1f s", f"{size / 1e6:,.1f}", options.backbone, features_folder(), seconds
    )


def _prepared(
    cell: TrainConfig,
    langs: Sequence[str] | None,
    splits: Sequence[SplitName],
    tokenizer: "PreTrainedTokenizerBase",
) -> Iterator["Prepared"]:
    from xtl.caching.session import SessionCache
    from xtl.inspection.check import available_splits
    from xtl.inspection.prepare import prepare_split
    from xtl.tasks.build import build_task

    task = build_task(cell.target, cell.data, cell.backbone.embedding)
    available = available_splits(task, langs, splits)
    name = cell.target.name
    if not available:
        raise DataNotFoundError(
            f"task '{name}': expected a split to prepare, found none; see xtl-data list {name}"
        )
    cache = SessionCache.sized(max_sets=2)  # nothing is asked for twice, and all of a task would stay in it
    with progress_meter(f"preparing {name}", len(available)) as progress:
        for lang, split in available:
            progress.note(f"{lang} {split}")
            prepared = prepare_split(task, cell.data, lang, split, tokenizer=tokenizer, cache=cache)
            progress.advance(1, tokens=prepared.subwords, note=f"{lang} {split}")
            yield prepared
    for line in task.skip_counts.lines():
        logger.info("%s: %s", name, line)


def _table(prepared: Sequence["Prepared"]) -> PlainTable:
    table = PlainTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name in ("task", "lang", "split"):
        table.add_column(name, no_wrap=True)
    for name in ("rows", "features", "sub-words", "MB", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    for split in prepared:
        seconds = "was there" if split.was_there else f"{split.seconds:.1f}"
        counts = (f"{count:,}" for count in (split.rows, split.features, split.subwords))
        size = f"{split.size / 1e6:,.1f}"
        table.add_row(split.task, split.lang, split.split, *counts, size, seconds)
    return table
