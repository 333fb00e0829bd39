"""Nested subsets: for one seed, the smaller is inside the larger, and translations of a row go together."""

import hashlib
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from xtl.data.digests import content_digest
from xtl.data.splits import Split, Subset
from xtl.errors import DataNotFoundError

_TEMPERATURE = 5.0
"""Exponent 1/5 of the numbers of rows, a common choice for multilingual data (Arivazhagan et al. 2019)."""


def rank_of(uid: str, *, data_seed: int) -> str:
    """Place of a row in the order of one seed: a hash, so that it does not depend on what else there is.

    The uid has no language, so translations of a row have the same place.
    """
    return hashlib.sha256(f"{data_seed}:{uid}".encode()).hexdigest()


def choose_rows(
    splits: Mapping[str, Split], count: int, *, data_seed: int, sampling: str = "uniform"
) -> list[Subset]:
    """Choose ``count`` rows, the smaller choice always inside the larger.

    Every language's rows stand in an order that the seed alone decides; the row at place r (from 0) has the
    priority (r + 0.5) / w, and the lowest priorities are chosen. The weight w of a language is 1 (uniform),
    its number of rows N (proportional) or N^(1/5) (temperature). A language that has run out leaves its
    share to the others.

    Args:
        splits: Splits by language.
        count: Number of rows to choose.
        data_seed: Seed of the order; another seed gives other subsets.
        sampling: Way of sharing out rows between languages, one of :data:`xtl.types.SAMPLINGS`.

    Returns:
        A subset of each language, its rows in the order of their file.

    Example:
        >>> from xtl.types import MaskedLMExample
        >>> def split(lang):
        ...     rows = [MaskedLMExample(uid=f"t/{number}", lang=lang, text="") for number in range(9)]
        ...     return Split(task="t", lang=lang, name="train", examples=rows)
        >>> splits = {lang: split(lang) for lang in ("de", "sw")}
        >>> [(subset.split.lang, subset.indices) for subset in choose_rows(splits, 4, data_seed=0)]
        [('de', [4, 8]), ('sw', [4, 8])]
    """
    if count >= sum(map(len, splits.values())):
        return list(map(Subset.first, splits.values()))
    keyed = []
    for number, split in enumerate(splits.values()):
        weight = {"uniform": 1.0, "proportional": len(split), "temperature": len(split) ** (1 / _TEMPERATURE)}
        uids = [id_.uid for id_ in split.ids]
        order = sorted(range(len(uids)), key=lambda index: rank_of(uids[index], data_seed=data_seed))
        # The half makes languages take turns from the first row on, as in apportionment by Sainte-Lague; of
        # equal priorities the language that stands first comes first.
        keyed += [((rank + 0.5) / weight[sampling], number, index) for rank, index in enumerate(order)]
    chosen: list[list[int]] = [[] for _ in splits]
    for _, number, index in sorted(keyed)[:count]:
        chosen[number].append(index)
    return [Subset(split, sorted(indices)) for split, indices in zip(splits.values(), chosen, strict=True)]


def number_of_rows(available: int, *, fraction: float, size: int | None, where: str, advice: str) -> int:
    """How many rows a phase trains on.

    Args:
        available: Number of rows there are.
        fraction: Share of the rows, in [0, 1]; above 0 gives at least one row. Counts where ``size`` is
            ``None``.
        size: Number of rows to take.
        where: Setting that an error names.
        advice: What to do where ``size`` is too large, for the error.

    Raises:
        DataNotFoundError: if ``size`` is more than there is.
    """
    if size is None:
        # Of the decimal that was written: 0.145 * 100 is 14.499... as a product of binary numbers.
        rows = (Decimal(str(fraction)) * available).to_integral_value(ROUND_HALF_UP)
        return 0 if fraction == 0 else max(1, min(available, int(rows)))
    if size > available:
        raise DataNotFoundError(
            f"{where}: expected at least size={size:,} rows to train on, got {available:,}; {advice}"
        )
    return size


def ids_digest(subsets: Iterable[Subset]) -> str:
    """Hash of which rows subsets hold, whatever their order: 16 hexadecimal digits of SHA-256."""
    lines = sorted(str(id_) for subset in subsets for id_ in subset.ids)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def data_digest(subsets: Iterable[Subset]) -> str:
    """Hash of the content of subsets, in order: 16 hexadecimal digits; empty where there are no examples."""
    parts = [subset for subset in subsets if len(subset)]
    if len(parts) == 1 and parts[0].is_whole:
        return parts[0].split.digest[:16]
    return content_digest(repr(example) for subset in parts for example in subset)[:16] if parts else ""
