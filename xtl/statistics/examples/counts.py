"""Counts per example of one task, language and selection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xtl.statistics.arrays import FloatArray
from xtl.statistics.examples.formulas import Formula

Numbers = NDArray[np.integer] | NDArray[np.floating]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ExampleCounts:
    """What the metrics of one language are computed from, example by example, without text.

    Attributes:
        uids: Uids of the examples, in the order of their file.
        groups: Group that an example is drawn with, such as the paragraph of a question: whole numbers from
            0, in the order in which groups come. Most examples are a group each.
        columns: Counts or numbers by name, one for each example.
        formulas: Formula of each metric.

    Raises:
        ValueError: if a column has another length, or a formula names one that is not there.
    """

    uids: tuple[str, ...]
    groups: NDArray[np.int64]
    columns: Mapping[str, Numbers]
    formulas: Mapping[str, Formula]

    def __post_init__(self) -> None:
        count = len(self.uids)
        lengths = {"groups": len(self.groups)} | {name: len(values) for name, values in self.columns.items()}
        wrong = {name: length for name, length in lengths.items() if length != count}
        if wrong:
            raise ValueError(f"counts: expected {count} values a column, one for each uid, got {wrong}")
        for metric, formula in self.formulas.items():
            missing = [name for name in formula.columns if name not in self.columns]
            if missing:
                raise ValueError(f"{metric}: expected columns of {list(self.columns)}, got {missing}")

    @classmethod
    def of(
        cls,
        uids: Sequence[str],
        columns: Mapping[str, Sequence[float]],
        formulas: Mapping[str, Formula],
        *,
        groups: Sequence[object] | None = None,
    ) -> "ExampleCounts":
        """Counts from plain lists.

        Args:
            uids: Uid of each example.
            columns: Numbers by name.
            formulas: Formula of each metric.
            groups: What examples of one group share, such as the text of a paragraph, which is not kept;
                ``None``: each example is a group.

        Example:
            >>> counts = ExampleCounts.of(["a", "b", "c"], {}, {}, groups=["first", "first", "second"])
            >>> counts.groups.tolist()
            [0, 0, 1]
        """
        names: dict[object, int] = {}
        numbers = range(len(uids)) if groups is None else [names.setdefault(g, len(names)) for g in groups]
        return cls(
            uids=tuple(uids),
            groups=np.asarray(numbers, dtype=np.int64),
            columns={name: _compact(np.asarray(values)) for name, values in columns.items()},
            formulas=dict(formulas),
        )

    @property
    def num_groups(self) -> int:
        """Number of groups, which are what is drawn."""
        return int(self.groups.max(initial=-1)) + 1

    def values(self, metric: str) -> FloatArray:
        """Columns of one metric, ``(examples, columns)``.

        Raises:
            KeyError: if there is no such metric.
        """
        columns = [self.columns[name] for name in self.formulas[metric].columns]
        return np.stack(columns, axis=-1).astype(np.float64)

    def same_examples(self, other: "ExampleCounts") -> bool:
        """Whether both are of the same examples in the same groups, so that one draw serves both."""
        return self.uids == other.uids and np.array_equal(self.groups, other.groups)


def _compact(values: Numbers) -> Numbers:
    """Whole numbers and truth values as 32-bit integers, others as 64-bit floats."""
    return values.astype(np.float64) if values.dtype.kind == "f" else values.astype(np.int32)
