"""What examples of any type look like from outside, for those who look at data."""

from collections import Counter
from collections.abc import Hashable, Sequence

from xtl.types import Example


def label_counts(examples: Sequence[Example]) -> Counter[str]:
    """How often each label stands in examples; nothing where a type has no labels."""
    counts: Counter[str] = Counter()
    for example in examples:
        counts.update(example.label_counts)
    return counts


def sorted_numbers(examples: Sequence[Example]) -> list[float]:
    """Labels of examples whose label is a number, the lowest first."""
    return sorted(example.number for example in examples if example.number is not None)


def repeated(examples: Sequence[Example]) -> list[tuple[str, str]]:
    """Examples with the texts of an earlier one.

    Returns:
        The uid of each such example and that of the first one.
    """
    first: dict[Hashable, str] = {}
    repeats = []
    for example in examples:
        texts = tuple(example.texts)
        if texts in first:
            repeats.append((example.uid, first[texts]))
        else:
            first[texts] = example.uid
    return repeats


def render(example: Example) -> str:
    """An example in a few lines that a person reads at a glance.

    Example:
        >>> from xtl.types import TaggingExample
        >>> words, tags = ("Maria", "sleeps", "."), ("B-PER", "O", "O")
        >>> print(render(TaggingExample(uid="x/test/0", lang="en", words=words, tags=tags)))
        x/test/0 [en]
          Maria/B-PER sleeps .
    """
    return "\n  ".join([f"{example.uid} [{example.lang}]", *example.lines])
