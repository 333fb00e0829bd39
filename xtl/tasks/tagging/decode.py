"""Tag scores to tags, and pieces of sentences back to sentences."""

from collections.abc import Iterable, Sequence

from torch import Tensor

from xtl.tasks.tagging.types import TaggingPrediction
from xtl.types import IGNORE, ExampleId


def best_tags(scores_BST: Tensor, labels_BS: Tensor, tags: Sequence[str]) -> list[list[str]]:
    """Best tag of each word: that with the highest score on its first sub-word.

    Args:
        scores_BST: Scores of the tags, ``(B, S, T)``. Of equal scores the first tag wins.
        labels_BS: Targets, ``(B, S)``: anything but ``IGNORE`` on the first sub-word of each word.
        tags: The T tags, in the order of their scores.

    Returns:
        For each piece the tags of its words, in order.
    """
    best_BS = scores_BST.argmax(dim=-1)
    is_first_BS = labels_BS != IGNORE
    return [
        [tags[index] for index in best_S[is_first_S].tolist()]
        for best_S, is_first_S in zip(best_BS.cpu(), is_first_BS.cpu(), strict=True)
    ]


def gold_tags(labels_BS: Tensor, tags: Sequence[str]) -> list[list[str]]:
    """Tags of each piece, read back out of its targets."""
    return [[tags[index] for index in labels_S[labels_S != IGNORE].tolist()] for labels_S in labels_BS.cpu()]


def join_pieces(pieces: Iterable[TaggingPrediction]) -> dict[ExampleId, list[str]]:
    """Tags of whole sentences, from pieces in any order of arrival.

    Args:
        pieces: Tags with the sentence and the index of the first word.

    Returns:
        Tags of each sentence by id, in order of first arrival.

    Raises:
        ValueError: if pieces overlap or one is missing.

    Example:
        >>> join_pieces([
        ...     {"id": "a", "first_word": 2, "tags": ["VERB"]},
        ...     {"id": "a", "first_word": 0, "tags": ["DET", "NOUN"]},
        ... ])
        {'a': ['DET', 'NOUN', 'VERB']}
    """
    by_id: dict[ExampleId, list[TaggingPrediction]] = {}
    for piece in pieces:
        by_id.setdefault(piece["id"], []).append(piece)
    # Evaluation joins before it scores: an entity across two pieces is one span, as in XTREME's evaluate.py.
    joined: dict[ExampleId, list[str]] = {}
    for id_, parts in by_id.items():
        tags: list[str] = []
        for part in sorted(parts, key=lambda part: part["first_word"]):
            if part["first_word"] != len(tags):
                raise ValueError(
                    f"{id_}: expected a piece that begins at word {len(tags)}, got one at word "
                    f"{part['first_word']}; each piece must be predicted exactly once"
                )
            tags += part["tags"]
        joined[id_] = tags
    return joined
