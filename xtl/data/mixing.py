"""Several tasks in one fit: how often each has its turn, in which order, and batches of one task each."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from xtl.data.batching import LengthBatchSampler
from xtl.errors import ConfigError


@dataclass(frozen=True, kw_only=True, slots=True)
class Mixing:
    """How batches are shared out between tasks: p proportional to min(N, cap)^(1/T), as jiant's sampler.

    Attributes:
        scheme: Name of the scheme: ``uniform`` (p is the same for all), ``proportional`` (T = 1) or
            ``temperature``.
        temperature: Temperature T, above 0; counts for ``temperature`` alone.
        cap: Largest number of examples of a task that count; ``None``: all of them.
        rates: Tasks with a fixed share of the batches, such as ``{"mlm": 0.1}``; the others share the rest.
    """

    scheme: str = "proportional"
    temperature: float = 1.0
    cap: int | None = None
    rates: Mapping[str, float]


def shares(sizes: Mapping[str, int], mixing: Mixing) -> dict[str, float]:
    """Share of the batches that each task gets.

    Args:
        sizes: Number of examples of each task.
        mixing: Scheme, cap and fixed rates.

    Returns:
        Shares in the order of ``sizes``, which sum to 1.

    Raises:
        ConfigError: if the fixed rates leave nothing for the other tasks, or name no task.

    Example:
        >>> result = shares({"a": 100, "b": 400, "mlm": 9}, Mixing(cap=300, rates={"mlm": 0.2}))
        >>> {name: round(share, 6) for name, share in result.items()}
        {'a': 0.2, 'b': 0.6, 'mlm': 0.2}
    """
    free = [name for name in sizes if name not in mixing.rates]
    fixed = sum(mixing.rates.values())
    if set(mixing.rates) - set(sizes) or (free and fixed >= 1) or (not free and abs(fixed - 1) > 1e-9):
        raise ConfigError(
            f"rates: expected shares of the tasks {', '.join(sizes)} that leave some for those without one, "
            f"got {dict(mixing.rates)}"
        )
    weight = _weights({name: sizes[name] for name in free}, mixing)
    total = sum(weight.values())
    return {
        name: mixing.rates[name] if name in mixing.rates else (1 - fixed) * weight[name] / total
        for name in sizes
    }


def counts(share_of: Mapping[str, float], total: int) -> dict[str, int]:
    """Batches of each task among ``total``: its share, rounded so that they sum up (largest remainders).

    Example:
        >>> counts({"a": 0.5, "b": 0.3, "c": 0.2}, 7)
        {'a': 4, 'b': 2, 'c': 1}
    """
    # Fractions: in floats a product just below a whole number could be cut to the one before.
    exact = {name: Fraction(share) * total for name, share in share_of.items()}
    rounded = {name: int(value) for name, value in exact.items()}
    missing = total - sum(rounded.values())
    # Sorting is stable: of equal remainders the task that stands first gets the batch.
    for name in sorted(exact, key=lambda name: rounded[name] - exact[name])[:missing]:
        rounded[name] += 1
    return rounded


def updates_of_an_epoch(batches: Mapping[str, int], mixing: Mixing) -> int:
    """Updates that count as one epoch: those of all tasks without a fixed rate, and their rates on top.

    Args:
        batches: Number of batches that it takes to see each task's examples once, ``cap`` of them at most.
        mixing: Scheme, cap and fixed rates.

    Example:
        >>> updates_of_an_epoch({"a": 6, "b": 12, "mlm": 1000}, Mixing(rates={"mlm": 0.1}))
        20
    """
    free = sum(count for name, count in batches.items() if name not in mixing.rates)
    if not free:
        return sum(batches.values())
    return max(1, round(free / (1 - sum(mixing.rates.values()))))


class MixtureStream:
    """Batches of several tasks without an end in the data: one task a batch, in an order of its own.

    Every task passes over its own epochs of :class:`LengthBatchSampler`, so that each of its examples is seen
    equally often, give or take one. The number of batches of each task is exact, the order drawn from the
    seed.
    """

    def __init__(
        self, parts: Mapping[str, LengthBatchSampler], plan: Mapping[str, int], *, seed: int
    ) -> None:
        """Plan the order.

        Args:
            parts: Sampler of each task; indices count in the tasks' features, one task behind the other.
            plan: Number of batches of each task in all.
            seed: Seed of the order.
        """
        self._parts = parts
        starts, start = {}, 0
        for name, part in parts.items():
            starts[name] = start
            start += part.num_features
        self._starts = starts
        self._turns = [name for name in parts for _ in range(plan[name])]
        random.Random(seed).shuffle(self._turns)  # noqa: S311  not for secrets

    @property
    def turns(self) -> Sequence[str]:
        """The task of each batch."""
        return self._turns

    def span(self, start: int, end: int) -> Iterator[list[int]]:
        """Give the batches from place ``start`` to ``end`` (exclusive); beyond the plan it begins again."""
        # A killed run begins in the middle: how far each task has come follows from the turns alone.
        plans, first = divmod(start, len(self._turns))
        done = Counter({name: plans * count for name, count in Counter(self._turns).items()})
        done.update(self._turns[:first])
        epochs: dict[str, tuple[int, list[list[int]]]] = {}
        for place in range(start, end):
            name = self._turns[place % len(self._turns)]
            part = self._parts[name]
            epoch, offset = divmod(done[name], len(part))
            done[name] += 1
            if epochs.get(name, (-1, []))[0] != epoch:
                epochs[name] = (epoch, part.epoch_batches(epoch))
            yield [self._starts[name] + index for index in epochs[name][1][offset]]


def _weights(sizes: Mapping[str, int], mixing: Mixing) -> dict[str, float]:
    """Weights by the size of the largest task, whose powers no float is too small for."""
    if mixing.scheme == "uniform":
        return dict.fromkeys(sizes, 1.0)
    counted = {name: size if mixing.cap is None else min(size, mixing.cap) for name, size in sizes.items()}
    largest = max([*counted.values(), 1])
    power = 1 / mixing.temperature if mixing.scheme == "temperature" else 1
    return {name: (size / largest) ** power for name, size in counted.items()}
