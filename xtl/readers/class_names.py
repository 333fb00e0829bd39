"""Numbers of classes to their names, where the data themselves say what the numbers mean."""

from collections.abc import Mapping, Sequence
from typing import Any

from xtl.errors import DataFormatError
from xtl.readers.values import label_text

UNLABELLED = -1
"""Number that the hub's data sets write where there is no label."""


def class_names(features: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    """Find the columns that hold numbers of classes, or lists of them.

    Args:
        features: Meaning of each column, as ``datasets.Features.to_dict`` gives it.

    Returns:
        Names of the classes of each such column, in the order of their numbers.

    Example:
        >>> label = {"_type": "ClassLabel", "names": ["no", "yes"]}
        >>> class_names({"text": {"dtype": "string", "_type": "Value"}, "label": label})
        {'label': ['no', 'yes']}
    """
    names: dict[str, Sequence[str]] = {}
    for column, feature in features.items():
        inner = feature[0] if isinstance(feature, list) else feature  # old files write a list as [feature]
        inner = inner.get("feature", inner) if isinstance(inner, Mapping) else {}
        if isinstance(inner, Mapping) and inner.get("_type") == "ClassLabel":
            names[column] = inner["names"]
    return names


def with_names(where: str, values: Mapping[str, Any], names: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Put names in the place of numbers.

    Args:
        where: File and row, for errors.
        values: Values of the row, by column.
        names: Class names by column, from :func:`class_names`.

    Raises:
        DataFormatError: if there is no class of that number.
    """
    named = dict(values)
    for column, classes in names.items():
        value = values.get(column)
        if isinstance(value, list):
            named[column] = [_class_name(where, column, number, classes) for number in value]
        else:
            named[column] = _class_name(where, column, value, classes)
    return named


def _class_name(where: str, column: str, number: object, classes: Sequence[str]) -> object:
    # A column with empty cells comes as floats: 1.0 is class 1, and NaN an empty cell.
    if isinstance(number, float):
        text = label_text(number)
        number = None if not text else int(text) if text.lstrip("-").isdecimal() else number
    # A test set without labels is no damaged file: whether a label is needed is for the task to say.
    if not isinstance(number, int | float) or number == UNLABELLED:
        return number
    if isinstance(number, float):
        raise DataFormatError(
            f"{where}: expected in '{column}' a whole number, that of a class ({' '.join(classes)}), got "
            f"{number}"
        )
    if not 0 <= number < len(classes):
        raise DataFormatError(
            f"{where}: expected in '{column}' a number from 0 to {len(classes) - 1} ({' '.join(classes)}), "
            f"got {number}"
        )
    return classes[number]
