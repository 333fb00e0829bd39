"""One or two texts to features."""

from collections.abc import Iterator, Mapping, Sequence

from xtl.errors import DataFormatError
from xtl.tasks.classification.types import ClassificationFeature
from xtl.types import IGNORE, ClassificationExample


def encode_classification(
    examples: Sequence[ClassificationExample],
    encoded_ids: Sequence[Sequence[int]],
    *,
    label_ids: Mapping[str, int],
) -> Iterator[ClassificationFeature]:
    """Features of examples.

    Args:
        examples: Pairs of texts, with or without labels.
        encoded_ids: Sub-words of each pair, special tokens included, cut to the longest input.
        label_ids: Index of each class; empty where labels are scores.

    Yields:
        The feature of each example.

    Raises:
        DataFormatError: if a label is no class, where there are classes.
    """
    for example, input_ids in zip(examples, encoded_ids, strict=True):
        # Floats for classes too: one feature then serves classification and regression (STS-B).
        label = IGNORE if example.label is None else label_ids.get(str(example.label), example.label)
        if label_ids and isinstance(label, str):
            raise DataFormatError(
                f"{example.uid} ({example.lang}): expected one of the labels {' '.join(label_ids)}, got "
                f"'{label}'; give the task's labels as its rows have them"
            )
        yield {"id": example.id, "input_ids": list(input_ids), "label": float(label)}
