"""What the Hydra commands share: where configs are, readable ``--cfg``, errors without a traceback."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from xtl import config
from xtl.progress import report_errors


def hydra_command(name: str, run: Callable[[DictConfig, Path], float]) -> float | None:
    """Compose ``conf/<name>.yaml`` from the command line and call ``run`` with it and the run folder.

    What a user can mend is printed, without a traceback, and the exit status is 1.
    """
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    if "--cfg" in sys.argv and "--resolve" not in sys.argv and "hydra" not in sys.argv:
        sys.argv.append("--resolve")  # a reader wants 2e-5, not ${oc.select:...}
    config.register()

    @hydra.main(version_base="1.3", config_path=str(config.conf_dir()), config_name=name)
    def main(cfg: DictConfig) -> float:
        folder = Path(HydraConfig.get().runtime.output_dir)
        with report_errors(folder):
            return run(cfg, folder)

    return main()  # type: ignore[no-any-return]  # Hydra's decorator has no types
