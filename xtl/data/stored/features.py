"""Sets of features: what the engine asks of all of them at once, wherever they lie."""

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, overload


def inputs_of(feature: Mapping[str, Any]) -> list[Sequence[int]]:
    """Sub-word ids of all sequences that an encoder reads of a feature."""
    if "sequences" in feature:
        return [sequence.input_ids for sequence in feature["sequences"]]
    return [feature["input_ids"]]


class FeatureSet(Sequence[Any]):
    """Features of which some columns can be had without making the features."""

    @abstractmethod
    def feature(self, index: int) -> Any:  # noqa: ANN401  of any task type
        """Feature at an index from 0."""

    def lengths(self) -> list[int]:
        """Length of each feature in sub-words; of one with several sequences, that of the longest."""
        return [len(feature["input_ids"]) for feature in self]

    def values(self, name: str, default: Any = None) -> list[Any]:  # noqa: ANN401
        """One value of each feature, ``default`` where it has none of that name."""
        return [feature.get(name, default) for feature in self]

    def vocabulary(self) -> set[int]:
        """Sub-word ids that an encoder reads in any of the features."""
        return {id_ for feature in self for ids in inputs_of(feature) for id_ in ids}

    def num_subwords(self) -> int:
        """Number of sub-words that an encoder reads in all of the features."""
        return sum(len(ids) for feature in self for ids in inputs_of(feature))

    @overload
    def __getitem__(self, index: int) -> Any: ...  # noqa: ANN401
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        """Feature at an index, or list of those of a slice."""
        if isinstance(index, slice):
            return [self.feature(position) for position in range(*index.indices(len(self)))]
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(f"index {index} of {len(self):,} features")
        return self.feature(position)

    def __iter__(self) -> Iterator[Any]:
        return map(self.feature, range(len(self)))


class FeatureList(FeatureSet):
    """Features in memory."""

    def __init__(self, features: Sequence[Any]) -> None:
        """Features of a sequence."""
        self._features = features

    def __len__(self) -> int:
        return len(self._features)

    def feature(self, index: int) -> Any:  # noqa: ANN401
        """Feature at an index from 0."""
        return self._features[index]


class JoinedFeatures(FeatureSet):
    """Sets of features, one behind the other."""

    def __init__(self, parts: Sequence[FeatureSet]) -> None:
        """Features of parts, in their order."""
        self._parts = parts
        self._ends = list(accumulate(map(len, parts)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def feature(self, index: int) -> Any:  # noqa: ANN401
        """Feature at an index from 0."""
        number = bisect_right(self._ends, index)
        return self._parts[number].feature(index - (self._ends[number - 1] if number else 0))

    def lengths(self) -> list[int]:
        """Length of each feature in sub-words."""
        return [length for part in self._parts for length in part.lengths()]

    def values(self, name: str, default: Any = None) -> list[Any]:  # noqa: ANN401
        """One value of each feature, ``default`` where it has none of that name."""
        return [value for part in self._parts for value in part.values(name, default)]

    def vocabulary(self) -> set[int]:
        """Sub-word ids that an encoder reads in any of the features."""
        return set().union(*(part.vocabulary() for part in self._parts))

    def num_subwords(self) -> int:
        """Number of sub-words that an encoder reads in all of the features."""
        return sum(part.num_subwords() for part in self._parts)


def as_features(features: Sequence[Any]) -> FeatureSet:
    """Features as a set: those of a set as they are, those of a list wrapped."""
    return features if isinstance(features, FeatureSet) else FeatureList(features)


def joined(parts: Sequence[Sequence[Any]]) -> FeatureSet:
    """Features of several sequences, one behind the other."""
    sets = [as_features(part) for part in parts]
    return sets[0] if len(sets) == 1 else JoinedFeatures(sets)
