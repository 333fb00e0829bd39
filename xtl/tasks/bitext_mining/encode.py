"""The sentences of two corpora to features: each different sentence once."""

from collections.abc import Iterator, Sequence

from xtl.tasks.retrieval.types import RetrievalFeature, RetrievalSequence
from xtl.types import BitextMiningExample


def different_sentences(example: BitextMiningExample, side: int) -> list[str]:
    """Sentences of one side in their order, those that stand there several times once."""
    texts = example.translation_of_id if side else example.text_of_id
    return list(dict.fromkeys(texts.values()))


def encode_bitext_mining(
    example: BitextMiningExample, texts: Sequence[str], sequences: Sequence[RetrievalSequence]
) -> Iterator[RetrievalFeature]:
    """Turn the sentences of one side into features.

    Args:
        example: Both corpora.
        texts: Different sentences of one side.
        sequences: Sequence of each of them.

    Yields:
        The feature of each sentence, named after it. All are of one example, and a group of its own lets each
        go into another batch.
    """
    for text, sequence in zip(texts, sequences, strict=True):
        yield {
            "id": example.id,
            "group": f"{example.uid}/{sequence.side}/{text}",
            "name": text,
            "input_ids": sequence.input_ids,
            "sequences": [sequence],
        }
