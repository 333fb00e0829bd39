"""Settings of a sweep: all that tells cells apart but their seed."""

from dataclasses import dataclass

from xtl.results import Result


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Setting:
    """What cells that differ in their seed alone have in common.

    Attributes:
        intermediate: Intermediate task; empty for the baseline, and so are the other fields of that phase.
        lang: Languages of the intermediate task, joined by ``+``.
        rows: Rows of it that were trained on.
        budget: Length of its training, such as ``epochs:3``.
        train_task: Task that the head was trained on.
        train_lang: Languages that it was trained in, joined by ``+``.
        train_rows: Rows that it was trained on.
        train_budget: Length of its training.
        backbone: Pretrained encoder.
        recipe: Recipe.
        tuning: Tuned weights.
        device: Kind of device.
        selection: Selection of the weights.
        shots: Training rows of each scored language.
        split: Split that was scored.
    """

    intermediate: str
    lang: str
    rows: int
    budget: str
    train_task: str
    train_lang: str
    train_rows: int
    train_budget: str
    backbone: str
    recipe: str
    tuning: str
    device: str
    selection: str
    shots: int
    split: str


def setting_of(result: Result) -> Setting:
    """Setting of the cell that a result is of."""
    run, phase, target = result.run, result.run.trained_intermediate, result.run.target
    return Setting(
        intermediate=phase.task,
        lang=phase.lang,
        rows=phase.rows,
        budget=phase.budget,
        train_task=target.task,
        train_lang=target.lang,
        train_rows=target.rows,
        train_budget=target.budget,
        backbone=run.backbone,
        recipe=run.recipe,
        tuning=run.tuning,
        device=run.device,
        selection=run.selection,
        shots=run.shots,
        split=result.split,
    )
