"""What an example in two languages is: a sentence with its translation, or two corpora."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xtl.types.base import Example, text_length

_MAX_PAIRS = 5
"""Most pairs of two corpora that are laid out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrievalExample(Example):
    """A sentence in ``lang`` and its translation, in English unless the task says otherwise.

    Attributes:
        text: The sentence.
        translation: Translation of the sentence.
    """

    text: str
    translation: str

    @property
    def texts(self) -> Sequence[str]:
        """The sentence, then its translation."""
        return [self.text, self.translation]

    @property
    def summary(self) -> str:
        """The sentence alone."""
        return self.text


@dataclass(frozen=True, kw_only=True, slots=True)
class BitextMiningExample(Example):
    """Two comparable corpora and the pairs of ids that are translations (``gold``).

    Attributes:
        text_of_id: Sentences in ``lang`` by id.
        translation_of_id: Sentences of the other corpus by id.
        gold: Pairs of ids, one of each corpus, that are translations.
    """

    text_of_id: dict[str, str]
    translation_of_id: dict[str, str]
    gold: frozenset[tuple[str, str]]

    @property
    def texts(self) -> Sequence[str]:
        """Sentences of both corpora."""
        return [*self.text_of_id.values(), *self.translation_of_id.values()]

    @property
    def label_counts(self) -> Mapping[str, int]:
        """Number of translations."""
        return {"pairs": len(self.gold)}

    def length(self, *, spaced: bool) -> int:
        """Length of the longest sentence."""
        return max((text_length(text, spaced=spaced) for text in self.texts), default=0)

    @property
    def lines(self) -> Sequence[str]:
        """Sizes of the corpora, then a few translations."""
        sizes = (
            f"{len(self.text_of_id):,} x {len(self.translation_of_id):,} sentences, {len(self.gold):,} pairs"
        )
        pairs = [
            f"{self.text_of_id[source]}  =  {self.translation_of_id[target]}"
            for source, target in sorted(self.gold)[:_MAX_PAIRS]
        ]
        return [f"{sizes}, such as", *pairs]

    @property
    def summary(self) -> str:
        """First sentence."""
        return next(iter(self.text_of_id.values()), "")
