"""``xtl-evaluate``: score a saved run in more languages, or on another task with the same labels."""

import logging
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from omegaconf import DictConfig

from xtl.cli.hydra_main import hydra_command
from xtl.cli.paths import quote_paths
from xtl.config import finalize_evaluation
from xtl.config.arguments.paths import quoted
from xtl.errors import ConfigError
from xtl.garbage import modules_kept

logger = logging.getLogger(__name__)

_SETTING = re.compile(r"[+~]*(run|task|langs|phase|data|trainer|hydra)[\w.]*=")
"""Setting of the command; folders may have ``=`` in their names, as those of a sweep do."""


def main() -> None:
    """Entry point of ``xtl-evaluate``."""
    try:
        arguments = spelled_for_hydra(sys.argv[1:])
    except ConfigError as error:
        raise SystemExit(f"error: {error}") from None
    sys.argv[1:] = quote_paths(arguments)
    hydra_command("evaluate", evaluate)


def spelled_for_hydra(arguments: Sequence[str]) -> list[str]:
    """Accept ``--submission DIR`` and ``--submission=DIR`` for ``submission=DIR``.

    Raises:
        ConfigError: if no folder follows.

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
        following = "" if value else next(rest, "")
        folder = value or following
        if not folder or following.startswith("-") or _SETTING.match(following):
            raise ConfigError(
                f"--submission: expected the folder to write, got {repr(folder) if folder else 'none'}; give "
                "it as --submission FOLDER"
            )
        spelled.append(f"submission={quoted(folder)}")
    return spelled


def evaluate(cfg: DictConfig, folder: Path) -> float:
    """Score the run and show it; return the score that a sweeper maximises."""
    config = finalize_evaluation(cfg)
    if config.submission is not None:
        return submit(Path(config.run).expanduser(), Path(config.submission).expanduser())
    # Imported late, so that --help, --cfg and a refused value answer at once.
    with modules_kept():
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
