"""What tasks of some types can do besides: tune a threshold, predict for raw text."""

from collections.abc import Sequence
from typing import Any, Protocol

from transformers import PreTrainedTokenizerBase

from xtl.data.raw import RawReader
from xtl.data.rows import SkipReason


class TunesThreshold(Protocol):
    """Task whose type has a threshold rule."""

    def tune(self, examples: Sequence[Any], predictions: Sequence[Any]) -> float:
        """Threshold that scores best on these examples."""


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
