"""Tags that agree with the true ones as much as one asks: a task of which one knows what it is worth."""

from dataclasses import replace

from xtl.pocket.grammar import LANGUAGES
from xtl.pocket.rng import Rng
from xtl.types import TaggingExample

TAGS = (
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ",
    "VERB",
)  # fmt: skip
"""Tags that take each other's place, in the order in which they are shifted."""

_GRAINS = 1_000


def retagged(example: TaggingExample, agreement: float, *, seed: int = 0) -> TaggingExample:
    """Give the words of a sentence tags that agree with the true ones as much as is asked for.

    A share ``agreement`` of the words keeps its tag, each of the others gets any of ``TAGS``. Below 0 a share
    ``-agreement`` gets the tag that stands as many places further on in ``TAGS`` as the language does in
    ``LANGUAGES``: none in English, one in German, and so on. Each language by itself is as orderly as before,
    but a tag of one means another one in every other.

    Args:
        example: Sentence with the true tags.
        agreement: From -1 (languages contradict each other) over 0 (tags say nothing) to 1 (true tags).
        seed: Seed of the benchmark.

    Example:
        >>> row = TaggingExample(uid="a/0", lang="de", words=("Anna", "schlief"), tags=("PROPN", "VERB"))
        >>> retagged(row, -1.0).tags
        ('PUNCT', 'ADJ')
    """
    rng = Rng(seed, "agreement", example.uid, example.lang)
    places = LANGUAGES.index(example.lang) if agreement < 0 else 0
    kept = round(abs(agreement) * _GRAINS)
    tags = []
    for tag in example.tags:
        is_kept, other = rng.below(_GRAINS) < kept, rng.choice(TAGS)
        tags.append(TAGS[(TAGS.index(tag) + places) % len(TAGS)] if is_kept else other)
    return replace(example, tags=tuple(tags))
