"""What is measured: cases, and in each of them xtl and its peers, as functions for processes of their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.benchmarks.bench.embedding import SENTENCES, embed
from tests.benchmarks.bench.encoding import encode
from tests.benchmarks.bench.evaluation import evaluate
from tests.benchmarks.bench.sweep import sweep_of_cells
from tests.benchmarks.bench.training import train
from tests.benchmarks.processes import Setting
from tests.benchmarks.transformers_side import BEST, DEFAULT, PADDED
from tests.benchmarks.workloads import PAIRS, QUESTIONS, TAGGING

XTL = "xtl"

SMOKE_BOUND_IN_32_BITS = 1.3
"""Of tagging, beside the Trainer's best flags. In bfloat16 it is 2."""

Run = Callable[[Setting], dict[str, Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One kind of work, done by xtl and by others.

    Attributes:
        name: Name in results.
        unit: What is counted, a second.
        sides: What measures each, xtl first; gives ``rate`` and ``peak_bytes`` at least.
        bounds: Least ratio of the first side's rate to that of another, by side and precision of the machine.
        reads_weights: Whether it reads those of e5_small, which are converted once, by a process of its own.
        memory_bounds: Most memory of a side, as a share of the first side's; rates are not compared then.
    """

    name: str
    unit: str
    sides: Mapping[str, Run]
    bounds: Mapping[tuple[str, str], float] = field(default_factory=dict)
    reads_weights: bool = False
    memory_bounds: Mapping[str, float] = field(default_factory=dict)

    @property
    def first(self) -> str:
        """Name of the side that the others are compared with."""
        return next(iter(self.sides))


def all_cases(*, smoke: bool) -> list[Case]:
    """Cases in the order in which they run.

    Args:
        smoke: Whether to take only what tells in three minutes that something has become slow.

    Example:
        >>> [case.name for case in all_cases(smoke=False)]  # doctest: +NORMALIZE_WHITESPACE
        ['tagging', 'questions', 'classification', 'evaluation', 'embedding', 'encoding', 'encoding, cached',
         'growth', 'sweep']
        >>> [(case.name, list(case.sides)) for case in all_cases(smoke=True)]
        [('tagging', ['xtl', 'Trainer, best'])]
    """
    best, default, padded = (f"Trainer, {flags}" for flags in (BEST, DEFAULT, PADDED))
    if smoke:
        # With three updates what the first batches of their lengths cost was a third of the time.
        sides = {XTL: partial(train, TAGGING, 8), best: partial(train, TAGGING, 8, flags=BEST)}
        bounds = {(best, "bf16-mixed"): 2.0, (best, "32-true"): SMOKE_BOUND_IN_32_BITS}
        return [Case(name=TAGGING, unit="tokens", sides=sides, bounds=bounds)]
    training = [
        Case(
            name=name,
            unit="tokens",
            sides={
                XTL: partial(train, kind, updates),
                best: partial(train, kind, updates, flags=BEST),
                default: partial(train, kind, updates, flags=DEFAULT),
                **({padded: partial(train, kind, updates, flags=PADDED)} if kind == TAGGING else {}),
            },
        )
        for name, kind, updates in (
            (TAGGING, TAGGING, 12),
            (QUESTIONS, QUESTIONS, 6),
            ("classification", PAIRS, 12),
        )
    ]
    return [
        *training,
        Case(
            name="evaluation",
            unit="tokens",
            sides={XTL: evaluate, "Trainer": partial(evaluate, library=True)},
        ),
        Case(
            name="embedding",
            unit="sentences",
            reads_weights=True,
            sides={
                XTL: partial(embed, SENTENCES),
                "sentence-transformers": partial(embed, SENTENCES, library="32-true"),
                "sentence-transformers, bf16": partial(embed, SENTENCES, library="bf16-mixed"),
            },
        ),
        *(
            Case(
                name=name,
                unit="pairs",
                reads_weights=True,
                sides={
                    XTL: partial(encode, warm=warm),
                    "datasets.map": partial(encode, library=True, warm=warm),
                },
            )
            for name, warm in (("encoding", False), ("encoding, cached", True))
        ),
        _growth(),
        Case(
            name="sweep",
            unit="cells",
            sides={
                "xtl": partial(sweep_of_cells, shared=True),
                "each cell alone": partial(sweep_of_cells, shared=False),
            },
        ),
    ]


def _growth() -> Case:
    """Encoding of few rows and of many, in one language and in four: memory must not grow with them."""
    few, many, four = f"{XTL}, a 40th of the rows", f"{XTL}, all rows", f"{XTL}, a quarter in four languages"
    return Case(
        name="growth",
        unit="pairs",
        reads_weights=True,
        sides={
            few: partial(encode, share=1 / 40),
            many: encode,
            four: partial(encode, share=1 / 4, langs=("en", "de", "fr", "es")),
        },
        memory_bounds={many: 1.15, four: 1.15},
    )
