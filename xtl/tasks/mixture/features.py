"""Features of one member of a mixture, each wrapped with the name of its task when it is asked for."""

from collections.abc import Sequence
from typing import Any

from xtl.data.stored import FeatureSet, as_features, inputs_of
from xtl.tasks.mixture.types import MixtureFeature, MixtureSequence


class MemberFeatures(FeatureSet):
    """Features of one member."""

    def __init__(self, member: str, features: Sequence[Any]) -> None:
        """Features of a member.

        Args:
            member: Name of its task.
            features: Features as that task makes them.
        """
        self.member = member
        self.features = as_features(features)

    def __len__(self) -> int:
        return len(self.features)

    def feature(self, index: int) -> MixtureFeature:
        """Feature at an index from 0."""
        feature = self.features.feature(index)
        return {
            "id": feature["id"],
            "group": (self.member, feature.get("group", feature["id"])),
            "member": self.member,
            "input_ids": feature["input_ids"],
            "sequences": [MixtureSequence(input_ids) for input_ids in inputs_of(feature)],
            "feature": feature,
        }

    def lengths(self) -> list[int]:
        """Length of each feature in sub-words."""
        return self.features.lengths()

    def values(self, name: str, default: Any = None) -> list[Any]:  # noqa: ANN401
        """One value of each feature, ``default`` where it has none of that name."""
        match name:
            case "member":
                return [self.member] * len(self)
            case "id":
                return self.features.values("id")
            case _:
                return super().values(name, default)

    def vocabulary(self) -> set[int]:
        """Sub-word ids that an encoder reads in any of the features."""
        return self.features.vocabulary()

    def num_subwords(self) -> int:
        """Number of sub-words that an encoder reads in all of the features."""
        return self.features.num_subwords()


class _Unwrapped(FeatureSet):
    """Features of one member of a set of several, as its task makes them."""

    def __init__(self, features: FeatureSet, chosen: Sequence[int]) -> None:
        self._features = features
        self._chosen = chosen

    def __len__(self) -> int:
        return len(self._chosen)

    def feature(self, index: int) -> Any:  # noqa: ANN401
        return self._features.feature(self._chosen[index])["feature"]


def features_of_member(features: Sequence[Any], member: str) -> FeatureSet:
    """Features of one member among those of a mixture, as its own task makes them."""
    whole_set = as_features(features)
    chosen = [index for index, name in enumerate(whole_set.values("member")) if name == member]
    return _Unwrapped(whole_set, chosen)
