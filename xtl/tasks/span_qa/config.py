"""Configs of tasks whose answers are spans of a context."""

from dataclasses import dataclass

from xtl.errors import ConfigError
from xtl.schemas.fields import FEATURES, WEIGHTS, setting
from xtl.schemas.ranges import at_least, one_of
from xtl.schemas.task import TaskConfig
from xtl.types import ANSWER_RULES, MLQA_LANGUAGES

_SPECIAL = 4


@dataclass
class SpanQAConfig(TaskConfig):
    """Config of a task of questions about a context, answered by a span of it."""

    doc_stride: int = setting(affects={FEATURES, WEIGHTS})
    """Context sub-words from the start of one window to that of the next (a step, not an overlap)."""
    max_query: int = setting(affects={FEATURES, WEIGHTS})
    """Longest question in sub-words."""
    rules: str = setting("squad", affects={FEATURES, WEIGHTS})
    """How answers are normalised: squad (in every language, as XTREME does for XQuAD and TyDiQA) or mlqa."""
    unanswerable: bool = setting(default=False, affects={FEATURES, WEIGHTS})
    """Whether there are questions without an answer, as in SQuAD v2."""


def check(task: SpanQAConfig, where: str) -> None:
    """Refuse settings that cannot work, beside those that tasks of all types share."""
    at_least(task.max_query, 1, f"{where}.max_query")
    at_least(task.doc_stride, 1, f"{where}.doc_stride")
    one_of(task.rules, ANSWER_RULES, f"{where}.rules")
    room = task.max_len - task.max_query - _SPECIAL
    if room < 1:
        raise ConfigError(
            f"{where}.max_len={task.max_len}: expected more than {task.max_query + _SPECIAL} (max_query + "
            f"{_SPECIAL}), or a window has no room for the context; raise it, or lower {where}.max_query"
        )
    if task.doc_stride > room:
        raise ConfigError(
            f"{where}.doc_stride={task.doc_stride}: expected at most {room} (max_len - max_query - "
            f"{_SPECIAL}), or windows would leave out parts of the context; set it beside {where}.max_len"
        )
    if task.rules == "mlqa":
        for lang in task.languages.split():
            one_of(lang, MLQA_LANGUAGES, f"{where}.languages")
