"""A view by Trackio: a small logger around its own API, since Lightning has none for it."""

import io
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers.logger import Logger

from xtl.schemas.tracking import TrackioConfig
from xtl.tracking.lightning_views import LightningView
from xtl.tracking.values import CellInfo, Plain


class TrackioLogger(Logger):
    """Logger of Lightning that writes into a run of Trackio; a run of the same name is gone on with."""

    def __init__(
        self, project: str, *, name: str, group: str | None = None, config: Mapping[str, Plain] | None = None
    ) -> None:
        super().__init__()
        import trackio

        self._project = project
        with _quiet():
            self.experiment = trackio.init(
                project=project,
                name=name,
                group=group,
                config=dict(config or {}),
                resume="allow",
                embed=False,
                auto_log_gpu=False,
                auto_log_cpu=False,
            )

    @property
    def name(self) -> str:
        """Name of the project."""
        return self._project

    @property
    def version(self) -> str:
        """Name of the run."""
        return str(self.experiment.name)

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log metrics at a step."""
        self.experiment.log(dict(metrics), step=step)

    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401, ARG002
        """Log values that were not known when the run began; its settings are given to the constructor."""
        self.experiment.log(dict(params if isinstance(params, dict) else vars(params)))

    def finalize(self, status: str) -> None:  # noqa: ARG002  Lightning's hook; Trackio knows no states
        """Write what is left and end the run."""
        import trackio

        with _quiet():
            trackio.finish()


class TrackioView(LightningView):
    """A run of Trackio's local database, or of the server that its own settings name."""

    name = "trackio"

    def __init__(self, config: TrackioConfig, cell: CellInfo, folder: Path) -> None:  # noqa: ARG002  as others
        super().__init__()
        # Trackio finds a run by its name alone, so that the name holds the id.
        settings = {"tags": " ".join(cell.tags), **cell.config}
        logger = TrackioLogger(
            config.project, name=f"{cell.name} ({cell.id})", group=cell.group, config=settings
        )
        self._logger = logger
        self.next_step = int(logger.experiment._next_step)

    def note(self, values: Mapping[str, Plain]) -> None:
        """Show values at the last step."""
        step = max(self.next_step - 1, 0)
        self._logger.log_metrics(dict(values), step=step)  # type: ignore[arg-type]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Trackio prints off standard output, which holds the scores."""
    with redirect_stdout(io.StringIO()):
        yield
