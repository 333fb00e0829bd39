"""The XTREME benchmark's averages, as its ``evaluate.py`` computes them (google-research/xtreme, 838c13b).

A task's score is the unweighted mean over its languages, English among them; of questions, the mean of exact
match and F1. A group's score is the mean of its tasks, the overall score that of all nine tasks (not of the
groups). A task that lacks a language has no score, where the official script stops, and without all tasks
there is no overall score.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from xtl.types import SplitName

SOURCE = "en"


Scores = Mapping[str, Mapping[str, float]]
"""Scores of one task: language (XTREME's own code, ISO 639-1) to metric to value in [0, 100]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class XtremeTask:
    """One of the nine tasks.

    Attributes:
        group: Name of the group that the task counts in.
        languages: XTREME's codes of the task's languages, separated by spaces.
        metrics: Metrics whose mean is the task's score.
        split: Split that is scored, as the data set calls it; XTREME calls all of them test.
        form: Form of the predictions in a submission: labels, tags, answers, rows or pairs.
    """

    group: str
    languages: str
    metrics: tuple[str, ...]
    form: str
    split: SplitName = "test"


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
"""Tasks of the benchmark by name, in the order of the groups."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskAverage:
    """One task over its languages.

    Attributes:
        metrics: Mean over languages of each metric that all languages have.
        score: Mean over languages and over the metrics of the task, which XTREME's averages are made of.
        without_english: Mean like ``score`` over all languages but English.
        missing: Languages without all metrics that the score needs. If there are any, ``score`` and
            ``without_english`` are means over the rest, and count for nothing else.
        count: Number of languages that both means are over, English among them.
    """

    metrics: Mapping[str, float]
    score: float
    without_english: float
    missing: tuple[str, ...]
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class XtremeAverages:
    """All tasks.

    Attributes:
        tasks: Averages of each task that has a language.
        groups: Means of each group whose tasks lack no language: of scores, and without English.
        overall: Means of the nine tasks: of scores, and without English; ``None`` unless all are complete.
    """

    tasks: Mapping[str, TaskAverage]
    groups: Mapping[str, tuple[float, float]]
    overall: tuple[float, float] | None


def task_average(name: str, scores: Scores) -> TaskAverage | None:
    """Average one task over the benchmark's languages; others are left out.

    Args:
        name: Name of a task of ``XTREME``.
        scores: Scores by language and metric.

    Returns:
        Averages of the task; ``None`` if it has no language.

    Example:
        >>> average = task_average("bucc2018", {lang: {"f1": 90.0} for lang in ("de", "fr", "ru")})
        >>> average.score, average.missing
        (90.0, ('zh',))
    """
    task = XTREME[name]
    langs = task.languages.split()
    available = [lang for lang in langs if all(metric in scores.get(lang, {}) for metric in task.metrics)]
    if not available:
        return None
    # Metrics beside those of the score count where all languages have them: a mean over fewer would mislead.
    shared = set.intersection(*(set(scores[lang]) for lang in available))

    def score(chosen: list[str]) -> float:
        return fmean(fmean(scores[lang][metric] for lang in chosen) for metric in task.metrics)

    unseen = [lang for lang in available if lang != SOURCE]
    return TaskAverage(
        metrics={metric: fmean(scores[lang][metric] for lang in available) for metric in sorted(shared)},
        score=score(available),
        without_english=score(unseen) if unseen else float("nan"),
        missing=tuple(lang for lang in langs if lang not in available),
        count=len(available),
    )


def xtreme_averages(table: Mapping[str, Scores]) -> XtremeAverages:
    """Average all tasks, the groups and the benchmark.

    Args:
        table: Values by task, language and metric; other tasks are left out.
    """
    averages = {name: task_average(name, table[name]) for name in XTREME if name in table}
    tasks = {name: average for name, average in averages.items() if average is not None}
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
    return fmean(member.score for member in members), fmean(member.without_english for member in members)
