"""``xtl-train``: one cell, or with ``-m`` several."""

from pathlib import Path

from omegaconf import DictConfig

from xtl.cli.hydra_main import hydra_command
from xtl.config import checked


def main() -> None:
    """Entry point of ``xtl-train``."""
    hydra_command("train", train)


def train(cfg: DictConfig, folder: Path) -> float:
    """Run the cell and show it; return the score that a sweeper maximises."""
    config = checked(cfg)
    # Imported late, so that --help, --cfg and a refused value answer at once.
    from xtl.cli.show import show
    from xtl.phases.cell import run_cell

    return show(run_cell(config, folder), folder)


if __name__ == "__main__":
    main()
