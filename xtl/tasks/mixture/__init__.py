"""Mixture: several tasks around one encoder."""

from xtl.tasks.mixture.config import MixtureConfig, check, expand, with_members
from xtl.tasks.task_type import TaskType

TASK_TYPE = TaskType(
    name="mixture",
    schema=MixtureConfig,
    metrics=("mean",),
    check=check,
    build="xtl.tasks.mixture.task:MixtureTask",
    scores=False,
    predicts_raw=False,
    members=lambda config: config.members,
    expand=expand,
    with_members=with_members,
)
