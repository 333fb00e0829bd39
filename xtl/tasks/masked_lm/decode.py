"""What fills the masks of texts, put together from the blocks that a long text was cut into."""

from collections import defaultdict
from collections.abc import Sequence

from xtl.tasks.masked_lm.types import MaskedLMFillings
from xtl.types import ExampleId


def fillings_by_text(
    predictions: Sequence[MaskedLMFillings],
) -> dict[ExampleId, list[list[tuple[int, float]]]]:
    """Fillings of each text, for its masks from left to right.

    Args:
        predictions: Fillings of blocks in any order; the number of a block in its text stands behind its uid.

    Example:
        >>> blocks = [(1, [[(7, 0.5)]]), (0, [[(8, 0.9)], [(9, 0.6)]])]
        >>> predictions = [
        ...     MaskedLMFillings(id=ExampleId("en", f"t#{number}"), fillings=fillings)
        ...     for number, fillings in blocks
        ... ]
        >>> fillings_by_text(predictions)
        {ExampleId(lang='en', uid='t'): [[(8, 0.9)], [(9, 0.6)], [(7, 0.5)]]}
    """
    blocks: defaultdict[ExampleId, dict[int, list[list[tuple[int, float]]]]] = defaultdict(dict)
    for prediction in predictions:
        # Batches are sorted by length: the blocks of a text come in any order.
        uid, _, number = prediction["id"].uid.rpartition("#")
        blocks[prediction["id"]._replace(uid=uid)][int(number)] = prediction["fillings"]
    return {
        text: [mask for number in sorted(numbered) for mask in numbered[number]]
        for text, numbered in blocks.items()
    }
