"""The report of a sweep as one run of its group: its figures as pictures, the verdicts as a table."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from xtl.data.digests import settings_digest
from xtl.errors import DataFormatError
from xtl.runs.file_names import CONFIG
from xtl.schemas.tracking import WandbConfig

JOB_TYPE = "report"

FIGURES = ("gains", "english", "cost", "residuals")
"""Figures of the report's page beside the curves: heat map of gains, English-equivalent sizes, cost, fits."""

COLUMNS = ("target", "metric", "source", "intermediate", "lang", "budget", "verdict", "sentence")
"""Columns of the table of verdicts."""


def log_report(sweep: Path, picture: Path, figures: Path | None = None) -> None:
    """Log what ``xtl-report`` wrote as a run of Weights & Biases beside those of the cells.

    Project, team and mode are those of the sweep's cells where they were tracked.

    Args:
        sweep: Folder of the sweep.
        picture: PNG with the curves; ``verdict.json`` stands beside it. What is not there is left out.
        figures: Folder of the report's page, with its figures as PNG; ``None``: the curves alone.

    Raises:
        ConfigError: if the key is wrong, or the server does not answer.
        DataFormatError: if the verdicts cannot be read.
    """
    from xtl.tracking.wandb_run import finish_run, start_run

    record = _verdicts(picture.with_name("verdict.json"))
    config, group = _tracking_of(sweep)
    run_id = settings_digest({"report": group, "project": config.project})
    run = start_run(
        config, sweep, id=run_id, name=f"report {group}", group=group, job_type=JOB_TYPE, tags=("report",)
    )
    exit_status = 1
    try:
        _log(run, _pictures(picture, figures), record)
        exit_status = 0
    finally:
        finish_run(run, sweep, exit_status)


def _pictures(curves: Path, figures: Path | None) -> dict[str, Path]:
    """Pictures that are there, by the name that they are logged under."""
    named = {} if figures is None else {name: figures / f"{name}.png" for name in FIGURES}
    return {name: path for name, path in {"curves": curves, **named}.items() if path.is_file()}


def _log(run: Any, pictures: dict[str, Path], record: dict[str, Any]) -> None:  # noqa: ANN401  a run of wandb
    import wandb

    findings = [_row(finding) for finding in record.get("findings", [])]
    run.config.update({f"rules/{name}": value for name, value in record.get("rules", {}).items()})
    values: dict[str, Any] = {name: wandb.Image(str(path)) for name, path in pictures.items()}
    if findings:
        values["verdicts"] = wandb.Table(columns=list(COLUMNS), data=findings)
    if values:
        run.log(values, commit=True)
    counts = Counter(row[COLUMNS.index("verdict")] for row in findings)
    run.summary.update({f"verdict/{verdict}": count for verdict, count in counts.items()})
    run.summary.update({"not_judged": len(record.get("not_judged", []))})


def _row(finding: dict[str, Any]) -> list[str]:
    values = {**finding, "verdict": finding["points"]["verdict"]}
    return [str(values[column]) for column in COLUMNS]


def _verdicts(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise DataFormatError(
            f"{path}: expected verdicts as JSON, got: {error}; run the report again"
        ) from error


def _tracking_of(sweep: Path) -> tuple[WandbConfig, str]:
    """Settings and group of the sweep's cells; of those that were not tracked the defaults, and its name."""
    for path in sorted(sweep.rglob(CONFIG)):
        tracking = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("tracking") or {}
        if tracking.get("wandb"):
            names: Sequence[str] = ("project", "entity", "mode")
            settings = {name: tracking["wandb"][name] for name in names if name in tracking["wandb"]}
            return WandbConfig(**settings), tracking.get("group") or sweep.resolve().name
    return WandbConfig(), sweep.resolve().name
