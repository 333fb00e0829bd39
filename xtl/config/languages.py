"""Languages of a task as a config may write them: codes, several joined by ``+``, words for many."""

from collections.abc import Mapping
from typing import Any

from xtl.languages import select
from xtl.schemas.task import TaskConfig


def all_languages(task: TaskConfig) -> list[str]:
    """Codes of the languages of a task, those that XTREME-R adds behind the others."""
    return [*task.languages.split(), *task.languages_xtreme_r.split()]


def training_languages(lang: Any) -> list[str]:  # noqa: ANN401  what a config file may hold
    """Codes of ``lang``, which may be ``de``, ``en+de`` or a list.

    Example:
        >>> training_languages("en+de")
        ['en', 'de']
    """
    return _words(lang)


def listed_languages(langs: Any, task: TaskConfig, where: str) -> list[str] | None:  # noqa: ANN401
    """Codes of ``langs``, which may hold words of :func:`xtl.languages.select` too.

    Args:
        langs: Code or word, several joined by ``+``, or a list of them; ``None`` stays ``None``.
        task: Task that has the languages.
        where: Name of the setting in errors.

    Raises:
        ConfigError: if a word stands for nothing.
    """
    if langs is None:
        return None
    return select(_words(langs), all_languages(task), where=where)


def _words(value: Any) -> list[str]:  # noqa: ANN401  what a config file or a command line may hold
    if isinstance(value, str):
        return value.split("+")
    # On Hydra's command line nan is a number; it is also the code of Min Nan Chinese.
    values = [value] if isinstance(value, bool | int | float | Mapping) else value or []
    return [str(word) for word in values]
