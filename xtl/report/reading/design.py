"""Gaps in the design of a sweep, in words: seeds, sizes, baselines and cells that are missing."""

from collections.abc import Iterator, Mapping, Sequence

from xtl.results import Result, first_metrics

_MOST_CELLS = 3


def design_notes(results: Sequence[Result]) -> list[str]:
    """Say what a sweep lacks and what follows for its verdicts; nothing of a complete one.

    Args:
        results: Results of the recipe's own selection, different settings told apart by name.
    """
    notes: list[str] = []
    first_metric = first_metrics(results)
    for task in dict.fromkeys(result.task for result in results):
        lines = [line for line in results if line.task == task]
        first = first_metric[task]
        metrics = list(dict.fromkeys([first, *(line.metric for line in lines)]))
        if len(metrics) > 1:
            notes.append(
                f"{task} has {len(metrics)} metrics ({', '.join(metrics)}): curves and verdicts are of "
                f"{first}, the first"
            )
        lines = [line for line in lines if line.metric == first and not line.is_source]
        notes += [*_shots(task, lines), *_of_target(task, lines)]
    return notes


def _shots(task: str, lines: Sequence[Result]) -> Iterator[str]:
    """What few-shot training makes of the languages that are called unseen."""
    for shots in sorted({line.run.shots for line in lines} - {0}):
        source = "+".join(dict.fromkeys(line.run.target.lang for line in lines if line.run.shots == shots))
        yield (
            f"{task} with shots={shots} was trained on {shots} rows of each scored language that has a "
            f"training set, too: 'unseen' means other than {source} there"
        )


def _same_task(title: str, name: str, task: str, curve: Sequence[Result]) -> Iterator[str]:
    """Languages that are called unseen, and in which the target's own task was trained before."""
    trained = {lang for line in curve for lang in line.run.intermediate.lang.split("+")}
    seen = sorted(trained & {line.lang for line in curve})
    # Names of settings that are told apart stand behind those of the tasks.
    members = name.partition(" [")[0].split("+")
    if task.partition(" [")[0] in members and seen:
        what = "the same task" if len(members) == 1 else f"the same task, or another of {'+'.join(members)},"
        yield (
            f"{title}: {what} was trained in {', '.join(seen)} before; these languages are still "
            "counted in the means over unseen ones; leave them out with target.langs="
        )


def _of_target(task: str, lines: Sequence[Result]) -> Iterator[str]:
    baseline = [line for line in lines if not line.run.trained_intermediate.rows]
    trained: dict[str, list[Result]] = {}
    for line in lines:
        if line.run.trained_intermediate.rows:
            trained.setdefault(line.run.intermediate.task, []).append(line)
    if not trained:
        return
    if len({line.run.seed for line in lines}) == 1:
        yield f"{task} has one seed: no intervals over seeds, and so every verdict is undecided"
    if not baseline:
        yield (
            f"{task} has no baseline without intermediate data, so no gain can be computed; run it with "
            "intermediate.fraction=0"
        )
    for name, curve in trained.items():
        title = f"{task} after {name}"
        yield from _same_task(title, name, task, curve)
        sizes = _sizes_by_language(curve)
        yield from _sizes(title, sizes)
        yield from _missing(title, [*baseline, *curve], sizes, has_baseline=bool(baseline))


def _sizes_by_language(curve: Sequence[Result]) -> dict[str, list[int]]:
    sizes: dict[str, set[int]] = {}
    for line in curve:
        sizes.setdefault(line.run.intermediate.lang, set()).add(line.run.intermediate.rows)
    return {lang: sorted(of_lang) for lang, of_lang in sorted(sizes.items())}


def _sizes(title: str, sizes: Mapping[str, Sequence[int]]) -> Iterator[str]:
    single = [lang for lang, of_lang in sizes.items() if len(of_lang) == 1]
    if single:
        yield f"{title} in {', '.join(single)}: one size above 0, so a gain but no shape of the curve"
    if len({tuple(of_lang) for of_lang in sizes.values()}) > 1:
        listed = "; ".join(f"{lang} {_rows(of_lang)}" for lang, of_lang in sizes.items())
        yield (
            f"{title}: sizes differ between languages ({listed}); two are compared over the sizes "
            "that both have, where those are three or more above 0"
        )


def _missing(
    title: str, lines: Sequence[Result], sizes: Mapping[str, Sequence[int]], *, has_baseline: bool
) -> Iterator[str]:
    """Cells of the crossed design that have no score."""
    scores = {(_cell(line), line.lang) for line in lines}
    targets = list(dict.fromkeys(line.lang for line in lines))
    settings = [("", 0)] if has_baseline else []
    settings += [(lang, size) for lang, of_lang in sizes.items() for size in of_lang]
    seeds = sorted({line.run.seed for line in lines})
    missing: dict[str, list[str]] = {}
    for seed in seeds:
        for setting in settings:
            gaps = [lang for lang in targets if ((seed, *setting), lang) not in scores]
            if gaps:
                where = "all languages" if len(gaps) == len(targets) else " ".join(gaps)
                missing[f"seed {seed}, {_setting(*setting)}, in {where}"] = gaps
    if not missing:
        return
    listed = "; ".join(list(missing)[:_MOST_CELLS])
    more = f"; and {len(missing) - _MOST_CELLS} more" if len(missing) > _MOST_CELLS else ""
    count = sum(map(len, missing.values()))
    total = len(seeds) * len(settings) * len(targets)
    yield (
        f"{title}: {count:,} of {total:,} scores are missing ({listed}{more}); a seed counts only for "
        "what it has all cells of, and a size of fewer than three seeds not at all where most have three"
    )


def _cell(line: Result) -> tuple[int, str, int]:
    phase = line.run.trained_intermediate
    return line.run.seed, phase.lang, phase.rows


def _setting(lang: str, size: int) -> str:
    return f"{size:,} rows of {lang}" if size else "baseline"


def _rows(sizes: Sequence[int]) -> str:
    return ", ".join(f"{size:,}" for size in sizes)
