"""``xtl-train``: one cell, or with ``-m`` several."""

from pathlib import Path

from omegaconf import DictConfig

from xtl.cli.hydra_main import hydra_command
from xtl.cli.show import show
from xtl.config import checked
from xtl.phases.cell import run_cell


def main() -> None:
    """Entry point of ``xtl-train``."""
    hydra_command("train", train)


def train(cfg: DictConfig, folder: Path) -> float:
    """Run the cell and show it; return the score that a sweeper maximises."""
    return show(run_cell(checked(cfg), folder), folder)


if __name__ == "__main__":
    main()
