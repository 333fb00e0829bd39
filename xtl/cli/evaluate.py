"""``xtl-evaluate``: score a saved run in more languages, or on another task with the same labels."""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from omegaconf import DictConfig

from xtl.cli.hydra_main import hydra_command
from xtl.cli.paths import quote_paths
from xtl.config import finalize_evaluation
from xtl.config.arguments.paths import quoted

logger = logging.getLogger(__name__)


def main() -> None:
    """Entry point of ``xtl-evaluate``."""
    sys.argv[1:] = quote_paths(spelled_for_hydra(sys.argv[1:]))
    hydra_command("evaluate", evaluate)


def spelled_for_hydra(arguments: Sequence[str]) -> list[str]:
    """Accept ``--submission DIR`` and ``--submission=DIR`` for ``submission=DIR``.

    Example:
        >>> spelled_for_hydra(["run=a", "--submission", "my folder"])
        ['run=a', "submission='my folder'"]
    """
    spelled: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        name, _, value = argument.partition("=")
        if name != "--submission":
            spelled.append(argument)
            continue
        spelled.append(f"submission={quoted(value or next(rest, ''))}")
    return spelled


def evaluate(cfg: DictConfig, folder: Path) -> float:
    """Score the run and show it; return the score that a sweeper maximises."""
    config = finalize_evaluation(cfg)
    if config.submission is not None:
        return submit(Path(config.run).expanduser(), Path(config.submission).expanduser())
    # Imported late, so that --help, --cfg and a refused value answer at once.
    from xtl.cli.show import show
    from xtl.evaluation.rescore import evaluate_run

    return show(evaluate_run(config, folder), folder)


def submit(runs: Path, folder: Path) -> float:
    """Write what runs have predicted in XTREME's layout; return how many files that are."""
    from xtl.report import submission_notes, write_submission

    written = write_submission([runs], folder)
    for note in submission_notes(written):
        logger.info("%s", note)
    logger.info("submission: %s", folder / "predictions")
    return float(sum(map(len, written.values())))


if __name__ == "__main__":
    main()
