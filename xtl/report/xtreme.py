"""The XTREME benchmark's averages, as its ``evaluate.py`` computes them (google-research/xtreme, 838c13b).

A task's score is the unweighted mean over its languages, English among them; of questions, the mean of exact
match and F1. A group's score is the mean of its tasks, the overall score that of all nine tasks (not of the
groups). A task that lacks a language has no score, where the official script stops, and without all tasks
there is no overall score.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from xtl.types import Split

SOURCE = "en"
Scores = Mapping[str, Mapping[str, float]]
"""Of one task: language (XTREME's own code, ISO 639-1) to metric to value in [0, 100]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class XtremeTask:
    """One of the nine tasks.

    Attributes:
        group: Tasks whose mean is a group score.
        languages: XTREME's codes of its languages, separated by spaces.
        metrics: Whose mean is the task's score.
        split: What is scored, as the data set calls it; XTREME calls all of them test.
        form: How predictions are written: labels, tags, answers, rows or pairs.
    """

    group: str
    languages: str
    metrics: tuple[str, ...]
    form: str
    split: Split = "test"


_PANX = (
    "ar he vi id jv ms tl eu ml ta te af nl en de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw yo my zh"
)
_ANSWERS = ("exact_match", "f1")
XTREME: Mapping[str, XtremeTask] = {
    "pawsx": XtremeTask(
        group="classification", languages="de en es fr ja ko zh", metrics=("accuracy",), form="labels"
    ),
    "xnli": XtremeTask(
        group="classification",
        languages="ar bg de el en es fr hi ru sw th tr ur vi zh",
        metrics=("accuracy",),
        form="labels",
    ),
    "udpos": XtremeTask(
        group="tagging",
        languages="af ar bg de el en es et eu fa fi fr he hi hu id it ja kk ko mr nl pt ru ta te th tl tr "
        "ur vi yo zh",
        metrics=("f1",),
        form="tags",
    ),
    "panx": XtremeTask(group="tagging", languages=f"{_PANX} kk tr et fi hu", metrics=("f1",), form="tags"),
    "xquad": XtremeTask(
        group="qa",
        languages="en es de el ru tr ar vi th zh hi",
        metrics=_ANSWERS,
        form="answers",
        split="validation",
    ),
    "mlqa": XtremeTask(group="qa", languages="en es de ar hi vi zh", metrics=_ANSWERS, form="answers"),
    "tydiqa": XtremeTask(
        group="qa",
        languages="en ar bn fi id ko ru sw te",
        metrics=_ANSWERS,
        form="answers",
        split="validation",
    ),
    "bucc2018": XtremeTask(group="retrieval", languages="de fr ru zh", metrics=("f1",), form="pairs"),
    "tatoeba": XtremeTask(
        group="retrieval",
        languages="ar he vi id jv tl eu ml ta te af nl de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw "
        "zh kk tr et fi hu",
        metrics=("accuracy",),
        form="rows",
        split="validation",
    ),
}
"""By name, in the order of the groups."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskAverage:
    """One task over its languages.

    Attributes:
        metrics: Each metric that all languages have: its mean over languages.
        score: What XTREME's averages are made of.
        others: The same over all languages but English.
        missing: Languages without all metrics that the score needs; any: ``score`` and ``others`` are over
            those that are there, and count for nothing else.
        count: Languages that are there.
    """

    metrics: Mapping[str, float]
    score: float
    others: float
    missing: tuple[str, ...]
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class XtremeAverages:
    """All tasks.

    Attributes:
        tasks: Those that have a language.
        groups: Mean of each group whose tasks are whole: of scores, and without English.
        overall: Mean of the nine tasks, and the same without English; ``None`` unless all are whole.
    """

    tasks: Mapping[str, TaskAverage]
    groups: Mapping[str, tuple[float, float]]
    overall: tuple[float, float] | None


def task_average(name: str, scores: Scores) -> TaskAverage | None:
    """Average one task over the benchmark's languages; others are left out.

    Args:
        name: One of ``XTREME``.
        scores: By language and metric.

    Returns:
        The averages; ``None`` if no language is there.

    Example:
        >>> found = task_average("bucc2018", {lang: {"f1": 90.0} for lang in ("de", "fr", "ru")})
        >>> found.score, found.missing
        (90.0, ('zh',))
    """
    task = XTREME[name]
    langs = task.languages.split()
    there = [lang for lang in langs if all(metric in scores.get(lang, {}) for metric in task.metrics)]
    if not there:
        return None
    shared = set.intersection(*(set(scores[lang]) for lang in there))

    def score(chosen: list[str]) -> float:
        return fmean(fmean(scores[lang][metric] for lang in chosen) for metric in task.metrics)

    others = [lang for lang in there if lang != SOURCE]
    return TaskAverage(
        metrics={metric: fmean(scores[lang][metric] for lang in there) for metric in sorted(shared)},
        score=score(there),
        others=score(others) if others else float("nan"),
        missing=tuple(lang for lang in langs if lang not in there),
        count=len(there),
    )


def xtreme_averages(table: Mapping[str, Scores]) -> XtremeAverages:
    """Average all tasks, the groups and the whole.

    Args:
        table: Task to language to metric to value; other tasks are left out.
    """
    found = {name: task_average(name, table[name]) for name in XTREME if name in table}
    tasks = {name: average for name, average in found.items() if average is not None}
    groups = {}
    for group in dict.fromkeys(task.group for task in XTREME.values()):
        mean = _mean({name for name, task in XTREME.items() if task.group == group}, tasks)
        if mean is not None:
            groups[group] = mean
    return XtremeAverages(tasks=tasks, groups=groups, overall=_mean(set(XTREME), tasks))


def _mean(names: set[str], tasks: Mapping[str, TaskAverage]) -> tuple[float, float] | None:
    if not all(name in tasks and not tasks[name].missing for name in names):
        return None
    members = [tasks[name] for name in XTREME if name in names]
    return fmean(one.score for one in members), fmean(one.others for one in members)
