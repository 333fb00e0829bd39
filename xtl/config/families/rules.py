"""What the config of every family brings: a schema, the scores it knows, and a check."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from xtl.config.schemas import TaskConfig


@dataclass(frozen=True, kw_only=True, slots=True)
class FamilyRules:
    """Of one family.

    Attributes:
        schema: Type of its task files.
        scores: Names that ``metrics`` may hold.
        check: Refuses a task whose values cannot work; takes the task and its place, such as ``target``.
    """

    schema: type[TaskConfig]
    scores: Sequence[str]
    check: Callable[[Any, str], None]
