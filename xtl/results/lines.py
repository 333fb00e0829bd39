"""Results: one score a line of JSON, beside it all that identifies the run it is of."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from xtl.types import SplitName

SCHEMA_VERSION = 2
"""Version of the fields of a line; 1 lacks ``precision`` and the validation scores of phases, and some lines
of it fields that ``_YOUNGER_FIELDS`` fills in."""

LAST = "last"
"""Selection: the weights after the last epoch."""
BEST_VALIDATION = "best_validation"
"""Selection: the weights of the epoch that is best on the validation set of the training languages."""
BEST_MEAN = "best_mean"
"""Selection: the weights of the epoch with the best mean over the validation sets of all languages."""
ORACLE = "oracle"
"""Selection: for each language the weights of the epoch that is best on its own validation set, which is
no longer zero-shot (Keung et al. 2020 report it beside the others)."""


UNTRAINED = "untrained"
"""Selection of results of an encoder that no phase has trained on the task."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """One number: one metric of one task in one language.

    Attributes:
        task: Name of the task that was scored.
        lang: Language, in the task's own code.
        split: Split that was scored.
        metric: Name of the metric, such as ``accuracy``.
        value: Value in [0, 100]; of a correlation in [-100, 100].
        n: Number of examples that were scored (sentences, for tagging).
        data: Hash of the content of these examples; empty in lines that are older than it.
    """

    task: str
    lang: str
    split: SplitName
    metric: str
    value: float
    n: int
    data: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PhaseInfo:
    """What identifies one phase of a run.

    Attributes:
        task: Name of the task that was trained on; empty where no phase is recorded.
        lang: Languages of the training set, joined by ``+``; a baseline without rows names them too.
        rows: Number of examples in the training set.
        ids: Hash of which examples those were.
        budget: Length of training: ``epochs:N`` or ``steps:N``.
        fraction: Share of the available examples; -1 where a number was asked for, and 0 for the last phase,
            whose share no line records.
        data: Hash of the content of the training set; empty without rows, and in lines older than it.
        metric: Name of the score that chose its weights, on the validation set of its own languages; empty
            where nothing was trained or validated, and in lines older than it.
        validation: This score of the selected weights, in points; ``None`` where ``metric`` is empty.
        at_chance: Whether an intermediate phase stayed at chance, as :mod:`xtl.tasks.chance` says it;
            ``None`` where that is not known, and for the last phase, of which no line records it.
        micro_batch: Most examples at once, for an intermediate phase that was trained; ``None`` elsewhere.
    """

    task: str
    lang: str
    rows: int
    ids: str
    budget: str
    fraction: float = 0.0
    data: str = ""
    metric: str = ""
    validation: float | None = None
    at_chance: bool | None = None
    micro_batch: int | None = None


NO_PHASE = PhaseInfo(task="", lang="", rows=0, ids="", budget="")
"""Intermediate phase of a run that has none, as its lines say it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunInfo:
    """What identifies a run, the same beside each of its scores.

    Attributes:
        phases: One or two phases, in order; the head was trained in the last one.
        cell: Hash of the cell's settings, except those that change no score, such as threads; empty in lines
            that are older than it.
        selection: Selection of the weights that were scored: ``best_validation``, ``last``, ``best_mean``,
            ``oracle`` or ``untrained``.
        shots: Number of training examples in each scored language; 0: zero-shot.
        phase_key: Hash of all that decides the weights.
        recipe: Name of the recipe.
        tuning: Tuned weights: ``full``, ``lora:8`` (with its rank); where phases differ, one after the other
            as in ``bitfit>full``.
        seed: Seed of heads, dropout and batches.
        data_seed: Seed of the choice of rows.
        backbone: Name of the pretrained encoder.
        commit: Commit of xtl's checkout, ``-dirty`` behind it where files differed; empty for an installed
            package.
        version: Version of xtl.
        device: Kind of device that trained, such as ``cpu``.
        seconds: Time that training of all phases took, validation included, whenever that was.
        tokens: Number of tokens that training of all phases read, padding left out, over all epochs.
        is_selected: Whether ``selection`` is that of the recipe, whose value is the score; results of other
            selections stand beside it.
        precision: Precision that trained, such as ``bf16-mixed``; empty in lines that are older than it.
        devices: Number of devices that trained together, of all nodes; with dropout, other numbers train with
            other masks.
        micro_batch: Most examples that a device computed at once; 0: its share of an update. Of the last
            phase that was trained, where they were found by trying.
        micro_batch_tokens: Most positions that a device computed at once; 0: any number.
        retried: Phases, joined by ``+``, whose loss became no number in ``precision``, so that they were
            trained in 32 bits.
        kernels: Kernels that trained, ``xtl`` or ``torch``, which draw other dropout masks; empty in lines
            that are older than it.
    """

    phases: tuple[PhaseInfo, ...]
    cell: str
    selection: str
    shots: int
    phase_key: str
    recipe: str
    tuning: str
    seed: int
    data_seed: int
    backbone: str
    commit: str
    version: str
    device: str
    seconds: float
    tokens: int
    is_selected: bool = True
    precision: str = ""
    devices: int = 1
    micro_batch: int = 0
    micro_batch_tokens: int = 0
    retried: str = ""
    kernels: str = ""

    @property
    def target(self) -> PhaseInfo:
        """Phase that trained the head."""
        return self.phases[-1]

    @property
    def intermediate(self) -> PhaseInfo:
        """Phase before it; ``NO_PHASE`` if there was none."""
        return self.phases[-2] if len(self.phases) > 1 else NO_PHASE

    @property
    def trained_intermediate(self) -> PhaseInfo:
        """Intermediate phase if it had rows, else ``NO_PHASE``: a baseline names the phase that it lacks."""
        return self.intermediate if self.intermediate.rows else NO_PHASE


@dataclass(frozen=True, kw_only=True, slots=True)
class Result(Score):
    """A score beside the run that it is of.

    Attributes:
        run: What identifies the run.
    """

    run: RunInfo

    @property
    def is_source(self) -> bool:
        """Whether the head was trained in the language; an untrained one was in none."""
        target = self.run.target
        return bool(target.rows) and self.lang in target.lang.split("+")


# Notebooks and reports read the lines of older runs too. So the names and the order of a line's fields stay,
# whatever the classes above are called; this table alone knows both.
FIELDS: Mapping[str, str] = {
    **{name: name for name in ("task", "lang", "split", "metric", "value", "n")},
    "cell": "run.cell",
    "rule": "run.selection",
    **{f"train_{name}": f"run.target.{name}" for name in ("task", "lang", "rows", "ids", "budget")},
    "shots": "run.shots",
    **{
        f"intermediate_{name}": f"run.intermediate.{name}"
        for name in ("task", "lang", "rows", "fraction", "ids", "budget")
    },
    **{name: f"run.{name}" for name in ("phase_key", "recipe", "tuning", "seed", "data_seed", "backbone")},
    **{name: f"run.{name}" for name in ("commit", "version", "device", "seconds", "tokens")},
    "chosen": "run.is_selected",
    "train_data": "run.target.data",
    "intermediate_data": "run.intermediate.data",
    "test_data": "data",
    "precision": "run.precision",
    **{f"intermediate_{name}": f"run.intermediate.{name}" for name in ("metric", "validation", "at_chance")},
    **{f"target_{name}": f"run.target.{name}" for name in ("metric", "validation")},
    **{name: f"run.{name}" for name in ("devices", "micro_batch", "micro_batch_tokens")},
    "intermediate_micro_batch": "run.intermediate.micro_batch",
    "retried": "run.retried",
    "kernels": "run.kernels",
}
"""Fields of a line, in order: name in the line, and path from a :class:`Result`."""

_YOUNGER_FIELDS: Mapping[str, Any] = {
    **dict.fromkeys(("cell", "train_data", "intermediate_data", "test_data", "precision", "kernels"), ""),
    **dict.fromkeys(("intermediate_metric", "target_metric", "retried"), ""),
    **dict.fromkeys(("intermediate_validation", "intermediate_at_chance", "target_validation")),
    "chosen": True,
    "devices": 1,
    **dict.fromkeys(("micro_batch", "micro_batch_tokens"), 0),
    "intermediate_micro_batch": None,
}
"""Fields that lines of older runs lack, and what they mean there."""


def to_line(result: Result) -> dict[str, Any]:
    """Flat form of a result.

    Args:
        result: One score, whose fields stand in the order of its line of JSON.
    """
    return {name: attrgetter(path)(result) for name, path in FIELDS.items()}


def from_line(line: Mapping[str, Any]) -> Result:
    """Result of what :func:`to_line` gave; fields that this version does not know are left out.

    Args:
        line: Fields of a line of JSON; those that lines have had since a later version may be missing.

    Raises:
        KeyError: if a field is missing that lines have always had.
    """
    values = {**_YOUNGER_FIELDS, **line}
    fields: dict[str, dict[str, Any]] = defaultdict(dict)
    for name, path in FIELDS.items():
        owner, _, attribute = path.rpartition(".")
        fields[owner][attribute] = values[name]
    target, intermediate = PhaseInfo(**fields["run.target"]), PhaseInfo(**fields["run.intermediate"])
    phases = (target,) if intermediate == NO_PHASE else (intermediate, target)
    return Result(**fields[""], run=RunInfo(phases=phases, **fields["run"]))
