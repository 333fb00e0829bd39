"""``xtl-evaluate``: score a saved run in more languages, or on another task with the same labels."""

from pathlib import Path

from omegaconf import DictConfig

from xtl.cli.hydra_main import hydra_command
from xtl.config import checked_evaluation
from xtl.phases.rescore import evaluate_run
from xtl.report import transfers


def main() -> None:
    """Entry point of ``xtl-evaluate``."""
    hydra_command("evaluate", evaluate)


def evaluate(cfg: DictConfig, folder: Path) -> float:
    """Score the run; return the mean over the unseen languages."""
    transfer = transfers(evaluate_run(checked_evaluation(cfg), folder))[0]
    return transfer.others_mean if transfer.others_mean is not None else float("nan")


if __name__ == "__main__":
    main()
