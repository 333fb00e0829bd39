"""Questions with options to features: a sequence for each option."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from xtl.tasks.multiple_choice.types import MultipleChoiceFeature, MultipleChoiceSequence
from xtl.types import IGNORE, MultipleChoiceExample


def texts_to_encode(examples: Sequence[MultipleChoiceExample]) -> tuple[list[str], list[str]]:
    """First and second texts of the sequences: the context, and behind it the question with one option.

    Example:
        >>> example = MultipleChoiceExample(
        ...     uid="t/0", lang="en", context="It rains.", question="So", options=("wet", "dry"), label=0
        ... )
        >>> texts_to_encode([example])
        (['It rains.', 'It rains.'], ['So wet', 'So dry'])
    """
    contexts = [example.context for example in examples for _ in example.options]
    options = [f"{example.question} {option}".strip() for example in examples for option in example.options]
    return contexts, options


def encode_multiple_choice(
    examples: Sequence[MultipleChoiceExample], encoded_ids: Iterable[Sequence[int]]
) -> Iterator[MultipleChoiceFeature]:
    """Turn examples into features.

    Args:
        examples: Questions with options, with or without labels.
        encoded_ids: Sub-words of each pair of texts, see :func:`texts_to_encode`, special tokens included,
            cut to the longest input.

    Yields:
        The feature of each example.
    """
    rest = iter(encoded_ids)
    for example in examples:
        sequences = [MultipleChoiceSequence(input_ids) for input_ids in islice(rest, len(example.options))]
        yield {
            "id": example.id,
            "input_ids": max((sequence.input_ids for sequence in sequences), key=len),
            "sequences": sequences,
            "label": IGNORE if example.label is None else example.label,
        }
