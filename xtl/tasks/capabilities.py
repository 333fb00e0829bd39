"""What tasks of some types can do besides: tune a threshold, adopt labels, predict for raw text."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from transformers import PreTrainedTokenizerBase

from xtl.data.raw import RawReader
from xtl.data.rows import SkipReason


class TunesThreshold(Protocol):
    """Task whose type has a threshold rule."""

    def tune(self, examples: Sequence[Any], predictions: Sequence[Any]) -> float:
        """Threshold that scores best on these examples."""


@runtime_checkable
class AdoptsLabels(Protocol):
    """Task that reads its training set for its labels where its config names none."""

    @property
    def knows_labels(self) -> bool:
        """Whether its labels can be had without the training set."""

    def adopt_labels(self, labels: Sequence[str]) -> None:
        """Take the labels of a trained head, if it knows none."""


class PredictsRaw(Protocol):
    """Task whose type predicts for raw text.

    Attributes:
        answers: Names of the fields of a record of a prediction.
    """

    answers: tuple[str, ...]

    @property
    def raw(self) -> RawReader:
        """Reader of a line of text, or of a JSON object, as an example without a label."""

    def raw_features(self, examples: Sequence[Any], tokenizer: PreTrainedTokenizerBase) -> list[Any]:
        """Features of what :attr:`raw` reads."""

    def records(
        self, examples: Sequence[Any], predictions: Sequence[Any], threshold: float | None = None
    ) -> Sequence[dict[str, Any] | SkipReason]:
        """Record of what was predicted for each example, or why nothing can be, in their order."""
