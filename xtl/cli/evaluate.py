"""``xtl-evaluate``: score a saved run in more languages, or on another task with the same labels."""

from pathlib import Path

from omegaconf import DictConfig

from xtl.cli.hydra_main import hydra_command
from xtl.config import checked_evaluation


def main() -> None:
    """Entry point of ``xtl-evaluate``."""
    hydra_command("evaluate", evaluate)


def evaluate(cfg: DictConfig, folder: Path) -> float:
    """Score the run and show it; return the score that a sweeper maximises."""
    config = checked_evaluation(cfg)
    # Imported late, so that --help, --cfg and a refused value answer at once.
    from xtl.cli.show import show
    from xtl.phases.rescore import evaluate_run

    return show(evaluate_run(config, folder), folder)


if __name__ == "__main__":
    main()
