"""The first metric of each task, which curves and verdicts are of."""

from collections import Counter
from collections.abc import Iterable

from xtl.results.lines import Result


def first_metrics(results: Iterable[Result]) -> dict[str, str]:
    """First metric by task: the one that most runs and languages have first.

    Not that of the first line, since a score that was left out may have stood before it.

    Args:
        results: Results in the order in which they were written.
    """
    firsts: dict[tuple[str, str, int, str, str, str], str] = {}
    for line in results:
        run = line.run
        key = (line.task, run.cell, run.seed, run.selection, line.lang, line.split)
        firsts.setdefault(key, line.metric)
    counts: dict[str, Counter[str]] = {}
    for (task, *_), metric in firsts.items():
        counts.setdefault(task, Counter())[metric] += 1
    return {task: of_task.most_common(1)[0][0] for task, of_task in counts.items()}
