"""Annotations of record classes: which column each has."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, NotRequired, Union, get_args, get_origin, get_type_hints

import pyarrow as pa

from xtl.data.stored.columns import AsJson, Column, Scalar
from xtl.data.stored.nested_columns import Listed, Nullable, Struct, Tuples

_SCALARS = {str: pa.string(), bool: pa.bool_(), int: pa.int64(), float: pa.float64()}


def column_of(annotation: Any) -> Column:  # noqa: ANN401, C901  a case a kind of annotation
    """Column of an annotation.

    Args:
        annotation: Text, number, truth value; lists and tuples of them; named tuples and dataclasses; each
            of them or ``None``. Integers inside lists have 32 bits. Mappings and unions of several
            become JSON.

    Raises:
        TypeError: if there is none, as for ``Any``.

    Example:
        >>> column_of(list[int]).arrow
        ListType(list<item: int32>)
        >>> column_of(str | None).array(["a", None]).null_count
        1
    """
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation in _SCALARS:
        return Scalar(_SCALARS[annotation])
    if origin in (dict, Mapping):
        return AsJson()
    if origin is NotRequired:
        return Nullable(column_of(arguments[0]))
    if origin in (Union, UnionType):
        alternatives = [item for item in arguments if item is not NoneType]
        if len(alternatives) > 1:
            return AsJson()
        return Nullable(column_of(alternatives[0]))
    if origin is tuple and Ellipsis not in arguments:
        if set(arguments) == {int}:
            return Tuples(len(arguments))
        raise TypeError(f"{annotation}: expected a tuple of integers, or of any length")
    if origin in (list, tuple, Sequence):
        item = Scalar(pa.int32()) if arguments[0] is int else column_of(arguments[0])
        return Listed(item, tuple if origin is tuple else list)
    if isinstance(annotation, type) and is_dataclass(annotation):
        return Struct(annotation, columns_of(annotation, [item.name for item in fields(annotation)]))
    if isinstance(annotation, type) and issubclass(annotation, tuple) and hasattr(annotation, "_fields"):
        return Struct(annotation, columns_of(annotation, annotation._fields))
    raise TypeError(
        f"{annotation}: expected text, a number, a truth value, a list, a tuple, a named tuple or a dataclass"
    )


def columns_of(record: type, names: Sequence[str]) -> dict[str, Column]:
    """Column of each field of a record class.

    Raises:
        TypeError: if a field has none.
    """
    hints = get_type_hints(record, include_extras=True)
    return {name: column_of(hints[name]) for name in names}
