"""Configs of bitext mining tasks."""

from dataclasses import dataclass

from xtl.errors import ConfigError
from xtl.schemas.fields import FEATURES, WEIGHTS, setting
from xtl.schemas.ranges import at_least, one_of
from xtl.tasks.retrieval.config import RetrievalConfig
from xtl.tasks.retrieval.config import check as check_retrieval

INDEXES = ("exact", "faiss")
"""What finds nearest neighbours: xtl's own search, or that of the package faiss. Both are exact."""


@dataclass
class BitextMiningConfig(RetrievalConfig):
    """Config of a task of two corpora some of whose sentences are translations."""

    neighbours: int = setting(4, affects={FEATURES, WEIGHTS})
    """Number of neighbours whose mean cosine a margin is held against."""
    index: str = setting("exact", affects={FEATURES, WEIGHTS})
    """What finds neighbours: exact, or faiss (pip install faiss-cpu); both find the same."""


def check(task: BitextMiningConfig, where: str) -> None:
    """Refuse settings that cannot work, beside those that tasks of all types share."""
    check_retrieval(task, where)
    at_least(task.neighbours, 1, f"{where}.neighbours")
    one_of(task.index, INDEXES, f"{where}.index")
    if task.recipe.epochs:
        raise ConfigError(
            f"{where}.recipe.epochs: expected 0 (mining trains nothing), got {task.recipe.epochs}; train on "
            "aligned sentences with intermediate=, then mine"
        )
