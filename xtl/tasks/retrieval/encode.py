"""Tokenised sentences to features, one sequence for each sentence and way of embedding."""

from collections.abc import Iterable, Iterator, Sequence

from tokenizers import Encoding

from xtl.tasks.retrieval.types import RetrievalFeature, RetrievalSequence
from xtl.types import Example


def encode_sequences(
    encodings: Iterable[Encoding], *, special_tokens: bool, side: int = 0, view: int = 0
) -> Iterator[RetrievalSequence]:
    """Sequences of sentences.

    Args:
        encodings: What the tokenizer made of each sentence.
        special_tokens: Whether pooling reads the states of special tokens too.
        side: Side of the sentences: 0: the task's language; 1: its translation.
        view: Index of the way of embedding.

    Yields:
        The sequence of each sentence, in order.

    Example:
        >>> from types import SimpleNamespace
        >>> encoding = SimpleNamespace(ids=[0, 7, 2], special_tokens_mask=[1, 0, 1])
        >>> [sequence.pooling_mask for sequence in encode_sequences([encoding], special_tokens=False)]
        [[0, 1, 0]]
    """
    for encoding in encodings:
        input_ids, special = encoding.ids, encoding.special_tokens_mask
        mask = [1] * len(input_ids) if special_tokens else [1 - is_special for is_special in special]
        # A sentence without any token but special ones is read with them: a mean over nothing is no vector.
        yield RetrievalSequence(side, view, input_ids, mask if any(mask) else [1] * len(input_ids))


def encode_retrieval(
    examples: Sequence[Example], sequences: Iterable[Sequence[RetrievalSequence]]
) -> Iterator[RetrievalFeature]:
    """Features of examples.

    Args:
        examples: Pairs of translations, or raw sentences.
        sequences: Sequences of each example: its sides, for each way of embedding.

    Yields:
        The feature of each example.
    """
    for example, parts in zip(examples, sequences, strict=True):
        longest = max((sequence.input_ids for sequence in parts), key=len)
        yield {"id": example.id, "name": "", "input_ids": longest, "sequences": list(parts)}
