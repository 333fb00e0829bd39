"""Opening the views that a cell asks for, each with the package that it needs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name

from xtl.distributed.group import current_group
from xtl.errors import ConfigError
from xtl.schemas.cell import TrainConfig
from xtl.tracking.identity import run_id
from xtl.tracking.tracker import Tracker, View
from xtl.tracking.values import cell_info

PACKAGES: Mapping[str, str] = {
    "tensorboard": "tensorboard",
    "wandb": "wandb",
    "trackio": "trackio",
    "mlflow": "mlflow",
}
"""Package that a view needs, by name of the view."""

_VIEWS: Mapping[str, str] = {
    "csv": "xtl.tracking.lightning_views:CsvView",
    "tensorboard": "xtl.tracking.lightning_views:TensorBoardView",
    "wandb": "xtl.tracking.wandb_view:WandbView",
    "trackio": "xtl.tracking.trackio_view:TrackioView",
    "mlflow": "xtl.tracking.lightning_views:MlflowView",
}
"""Class of each view, made of its settings, the cell and the run folder; imported when one is opened."""


@contextmanager
def tracked(config: TrainConfig, folder: Path) -> Iterator[Tracker]:
    """Open the views of a cell; when the block ends, close them with its exit status.

    Args:
        config: Config of the cell, its precision resolved.
        folder: Run folder.

    Yields:
        What takes epochs and scores; without views, and in all processes of a cell but the first, it does
        nothing.

    Raises:
        ConfigError: if a package is not installed, a key is wrong or a folder cannot be written.
    """
    tracker = Tracker(_opened(config, folder))
    exit_status = 1
    try:
        yield tracker
        exit_status = 0
    except SystemExit as stop:
        exit_status = stop.code if isinstance(stop.code, int) else 1
        raise
    finally:
        tracker.close(exit_status)


def _opened(config: TrainConfig, folder: Path) -> list[View]:
    asked = {name: settings for name in _VIEWS if (settings := getattr(config.tracking, name))}
    if not asked or not current_group().is_main:
        return []
    for name in asked:
        _need(name)
    for name in asked:
        _check_folder(folder / name, name)
    cell, views = cell_info(config, run_id(config, folder)), list[View]()
    try:
        for name, settings in asked.items():
            views.append(resolve_name(_VIEWS[name])(settings, cell, folder))
    except ImportError as error:
        Tracker(views).close(1)
        raise ConfigError(
            f"tracking={name}: expected a package {PACKAGES.get(name, name)} that can be imported, got: "
            f"{error}; install it anew, or leave {name} out"
        ) from error
    except BaseException:
        Tracker(views).close(1)
        raise
    return views


def _need(name: str) -> None:
    """Refuse a view whose package is not there."""
    package = PACKAGES.get(name)
    if package is None or find_spec(package) is not None:
        return
    raise ConfigError(
        f"tracking={name}: expected the package {package}, found none; pip install {package}, "
        f"or leave {name} out"
    )


def _check_folder(folder: Path, name: str) -> None:
    """Refuse a folder that cannot be written: wandb would go elsewhere and say so in a warning."""
    if folder.is_symlink():
        raise ConfigError(
            f"{folder}: expected a folder of the run's own for tracking={name}, found a link; remove it, or "
            f"leave {name} out"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ConfigError(
            f"{folder}: expected a folder that tracking={name} can write, got: {error.strerror or error}; "
            f"mend its permissions, choose another run folder, or leave {name} out"
        ) from error
