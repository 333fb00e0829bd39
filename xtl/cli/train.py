"""``xtl-train``: one cell, or with ``-m`` several."""

from pathlib import Path

from omegaconf import DictConfig

from xtl.cli.hydra_main import hydra_command
from xtl.config import checked
from xtl.phases.cell import run_cell
from xtl.report import transfers


def main() -> None:
    """Entry point of ``xtl-train``."""
    hydra_command("train", train)


def train(cfg: DictConfig, folder: Path) -> float:
    """Run the cell; return the mean over the unseen languages, which a sweeper maximises."""
    transfer = transfers(run_cell(checked(cfg), folder))[0]
    mean = transfer.source_mean if transfer.others_mean is None else transfer.others_mean
    return float("nan") if mean is None else mean


if __name__ == "__main__":
    main()
