"""Views by Lightning's loggers: a CSV file, TensorBoard, MLflow."""

import os
import signal
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from lightning.fabric.utilities.rank_zero import rank_zero_only
from lightning.pytorch.loggers import CSVLogger, MLFlowLogger, TensorBoardLogger
from lightning.pytorch.loggers.logger import Logger

from xtl.distributed.group import MAIN
from xtl.results import Result
from xtl.schemas.tracking import MlflowConfig
from xtl.tracking.values import CellInfo, Plain, score_values


class LightningView:
    """View by a logger of Lightning.

    Attributes:
        name: Name of its choice in ``tracking=``.
        next_step: First step that it does not have yet.
    """

    name = ""
    _logger: Logger

    def __init__(self) -> None:
        # Views are the main process's, but Lightning took any RANK that there was when it was imported for
        # its own, and its loggers write nothing unless that is 0.
        rank_zero_only.rank = MAIN  # type: ignore[attr-defined]  # where Lightning keeps it
        self.next_step = 0

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        """Show metrics of an epoch, at once."""
        self._logger.log_metrics(dict(metrics), step=step)
        self._logger.save()

    def note(self, values: Mapping[str, Plain]) -> None:
        """Show values that have no step."""
        self._logger.log_hyperparams(dict(values))

    def log_scores(self, results: Sequence[Result]) -> None:
        """Show the final scores at the last step."""
        self._logger.log_metrics(score_values(results), step=max(self.next_step - 1, 0))

    def close(self, exit_status: int) -> None:
        """End the view, with a note of the exit status."""
        self.note({"status": status_word(exit_status), "exit_status": exit_status})
        self._logger.finalize("failed" if exit_status else "success")


class CsvView(LightningView):
    """``RUN/csv``: ``metrics.csv``, and ``hparams.yaml`` with settings, keys and exit status."""

    name = "csv"

    def __init__(self, config: bool, cell: CellInfo, folder: Path) -> None:  # noqa: ARG002, FBT001  as others
        """Begin the files anew; a cell that goes on has its earlier epochs in its checkpoint."""
        super().__init__()
        _remove(folder / self.name, "metrics.csv", "hparams.yaml")
        self._logger = CSVLogger(folder, name=self.name, version="")
        with warnings.catch_warnings():  # of files beside them, which stay
            warnings.filterwarnings("ignore", "Experiment logs directory", UserWarning)
            self.note({"name": cell.name, "group": cell.group, "tags": " ".join(cell.tags), **cell.config})
        self._logger.save()


class TensorBoardView(LightningView):
    """``RUN/tensorboard``: an event file. Its horizontal axis counts updates; tokens are a curve."""

    name = "tensorboard"

    def __init__(self, config: bool, cell: CellInfo, folder: Path) -> None:  # noqa: ARG002, FBT001  as others
        """Begin the files anew; a cell that goes on has its earlier epochs in its checkpoint."""
        super().__init__()
        _remove(folder / self.name, "events.out.tfevents.*", "hparams.yaml")
        self._logger: TensorBoardLogger = TensorBoardLogger(
            folder, name=self.name, version="", default_hp_metric=False
        )
        self._logger.log_hyperparams(dict(cell.config))
        self.note({"name": cell.name, "group": cell.group, "tags": " ".join(cell.tags)})

    def note(self, values: Mapping[str, Plain]) -> None:
        """Show values as text; TensorBoard knows one set of settings a run."""
        for name, value in values.items():
            self._logger.experiment.add_text(name, str(value), self.next_step)
        self._logger.experiment.flush()

    def close(self, exit_status: int) -> None:
        """End the view and close its file."""
        super().close(exit_status)
        self._logger.experiment.close()


class MlflowView(LightningView):
    """A run of MLflow, found again by its id in the tag ``xtl.run``."""

    name = "mlflow"

    def __init__(self, config: MlflowConfig, cell: CellInfo, folder: Path) -> None:
        super().__init__()

        uri = config.uri or os.environ.get("MLFLOW_TRACKING_URI")
        own = folder / self.name
        earlier = _earlier_run(uri or f"sqlite:///{own / 'mlflow.db'}", config.experiment, cell.id)
        # MLflow's own source is the path of the program.
        tags = {
            "mlflow.source.name": "xtl",
            "xtl.run": cell.id,
            "xtl.group": cell.group or "",
            "xtl.tags": " ".join(cell.tags),
        }
        self._logger: MLFlowLogger = MLFlowLogger(
            experiment_name=config.experiment,
            run_name=cell.name,
            tracking_uri=uri or f"sqlite:///{own / 'mlflow.db'}",
            tags=dict(tags),
            run_id=earlier,
            artifact_location=None if uri else (own / "artifacts").absolute().as_uri(),
        )
        client, run_id = self._logger.experiment, self._run_id
        if earlier is None:
            self._logger.log_hyperparams(dict(cell.config))
        else:
            client.update_run(run_id, status="RUNNING")
            steps = [point.step for point in client.get_metric_history(run_id, "tokens")]
            self.next_step = max(steps, default=-1) + 1

    @property
    def _run_id(self) -> str:
        run_id = self._logger.run_id
        assert run_id is not None  # noqa: S101  the logger has made one
        return run_id

    def note(self, values: Mapping[str, Plain]) -> None:
        """Show values as tags, which may change when a cell goes on."""
        for name, value in values.items():
            self._logger.experiment.set_tag(self._run_id, name, value)

    def close(self, exit_status: int) -> None:
        """End the run: FINISHED, FAILED or KILLED."""
        self.note({"exit_status": exit_status})
        status = {"done": "FINISHED", "failed": "FAILED"}.get(status_word(exit_status), "KILLED")
        self._logger.experiment.set_terminated(self._run_id, status)


def status_word(exit_status: int) -> str:
    """Word for an exit status: ``done``, ``failed``, or ``stopped (SIGTERM)`` above 128."""
    if exit_status > 128:
        return f"stopped ({signal.Signals(exit_status - 128).name})"
    return "failed" if exit_status else "done"


def _earlier_run(uri: str, experiment: str, cell_run: str) -> str | None:
    """MLflow's own id of the run of a cell that was tracked before."""
    from mlflow.tracking import MlflowClient

    client = MlflowClient(uri)
    group = client.get_experiment_by_name(experiment)
    if group is None:
        return None
    runs = client.search_runs([group.experiment_id], f"tags.`xtl.run` = '{cell_run}'", max_results=1)
    return str(runs[0].info.run_id) if runs else None


def _remove(folder: Path, *patterns: str) -> None:
    """Remove an earlier run's files; what a user has put beside them stays."""
    for pattern in patterns:
        for path in folder.glob(pattern):
            path.unlink()
