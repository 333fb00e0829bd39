"""What the cells of one process share: the pretrained encoder, splits as they were read, features."""

from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from xtl.caching.encoder import EncoderCache
from xtl.caching.examples import ExampleCache
from xtl.caching.features import FeatureCache

_MAX_SETS = 128
"""Splits and sets of features that stay in memory: those of a sweep over all languages of one target."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionCache:
    """Caches of one process, each with one job.

    Attributes:
        encoder: The last pretrained encoder.
        examples: Splits by task, language and name.
        features: Features of subsets, in memory and on disk.
    """

    encoder: EncoderCache = field(default_factory=EncoderCache)
    examples: ExampleCache = field(default_factory=partial(ExampleCache, max_splits=_MAX_SETS))
    features: FeatureCache = field(default_factory=partial(FeatureCache, max_sets=_MAX_SETS))

    @classmethod
    def sized(cls, *, max_sets: int = _MAX_SETS, folder: Path | None = None) -> "SessionCache":
        """Caches that keep at most ``max_sets`` splits and sets of features in memory.

        Args:
            max_sets: Most splits, and most sets of features.
            folder: Folder of features and examples, which other processes share; ``None``: xtl's cache.
        """
        return cls(
            examples=ExampleCache(max_splits=max_sets, folder=folder and folder / "examples"),
            features=FeatureCache(max_sets=max_sets, folder=folder),
        )


@cache
def shared_cache() -> SessionCache:
    """The one cache of this process, which all cells of a sweep share."""
    return SessionCache()
