"""A workspace of Weights & Biases for a sweep, as code: which panels show what the runs of its cells log.

Needs ``pip install wandb-workspaces``. Nothing is sent until the workspace is saved:
``sweep_workspace("team", "xtl", task="udpos", metric="f1", langs=["de", "sw"]).save()``.
"""

from collections.abc import Sequence
from typing import Any


def sweep_workspace(
    entity: str, project: str, *, task: str, metric: str, langs: Sequence[str], group: str | None = None
) -> Any:  # noqa: ANN401  a workspace of wandb_workspaces
    """Make a workspace with curves over size, bars by language, cost, training, heat map and the report.

    Args:
        entity: Team or user.
        project: Project of the runs.
        task: Target task.
        metric: Metric of the target task.
        langs: Languages that are scored.
        group: Sweep to show; ``None``: all runs of cells.

    Returns:
        The workspace, which has ``save()``.

    Raises:
        ImportError: if ``wandb_workspaces`` is not installed.
    """
    import wandb_workspaces.reports.v2 as panels
    import wandb_workspaces.workspaces as workspaces

    score = f"test/{task}/{metric}"
    rows = "intermediate/rows"
    by_lang = panels.Config("intermediate/lang")
    sections = {
        f"{metric} over rows of the intermediate phase": [
            panels.ScatterPlot(
                title=f"{metric}, {lang}",
                x=panels.SummaryMetric(rows),
                y=panels.SummaryMetric(f"{score}/{lang}"),
            )
            for lang in ("zero_shot_mean", *langs)
        ],
        "Scores": [panels.WeavePanelSummaryTable(table_name="scores")],
        "Languages": [
            panels.BarPlot(
                title=f"{metric} by language", metrics=[f"{score}/{lang}" for lang in langs], orientation="v"
            ),
            *(
                panels.BarPlot(
                    title=f"{lang} by intermediate language", metrics=[f"{score}/{lang}"], groupby=by_lang
                )
                for lang in langs
            ),
        ],
        "Cost": [
            panels.ScatterPlot(
                title=f"{metric} over tokens",
                x=panels.SummaryMetric("tokens"),
                y=panels.SummaryMetric(f"{score}/zero_shot_mean"),
            ),
            panels.BarPlot(
                title="seconds", metrics=[f"{phase}/total_seconds" for phase in ("intermediate", "target")]
            ),
        ],
        "Training": [
            panels.LinePlot(title="loss", x="tokens", y=["intermediate/train_loss", "target/train_loss"]),
            panels.LinePlot(title="validation", x="tokens", y=["intermediate/val_score", "target/val_score"]),
            panels.LinePlot(
                title="validation by language", x="tokens", y=[f"target/val_score/{lang}" for lang in langs]
            ),
        ],
        # A chart of wandb's own would have to be saved in the team's account first; pictures need not.
        "Report": [
            panels.MediaBrowser(title=title, media_keys=[name])
            for name, title in (
                ("curves", "curves by intermediate language"),
                ("gains", "heat map of gains"),
                ("english", "English rows with the same score"),
                ("cost", "gain by tokens read"),
            )
        ],
    }
    filters = "" if group is None else f"Group = '{group}'"
    return workspaces.Workspace(
        entity=entity,
        project=project,
        name=f"{task}: {group or 'all sweeps'}",
        sections=[
            workspaces.Section(name=name, panels=content, is_open=True) for name, content in sections.items()
        ],
        runset_settings=workspaces.RunsetSettings(filters=filters),
    )
