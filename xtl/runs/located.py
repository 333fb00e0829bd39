"""Relative paths of a finished run, found from wherever it is opened."""

import json
from dataclasses import replace
from pathlib import Path

from xtl.runs.file_names import ENVIRONMENT
from xtl.schemas.cell import TrainConfig


def located(config: TrainConfig, folder: Path) -> TrainConfig:
    """Config of a run whose relative paths are those that it read, wherever this process stands.

    Args:
        config: Config of the run.
        folder: Run folder, with a file that says where the run stood.
    """
    try:
        directory = Path(json.loads((folder / ENVIRONMENT).read_text(encoding="utf-8"))["directory"])
    except (OSError, ValueError, KeyError, TypeError):  # of an older version, or moved without it
        return config

    def path_there(path: str | None) -> str | None:
        full_path = path and directory / Path(path).expanduser()
        return str(full_path) if full_path and full_path.exists() else path

    return replace(
        config,
        data=replace(config.data, root=path_there(config.data.root)),
        backbone=replace(config.backbone, path=path_there(config.backbone.path)),
    )
