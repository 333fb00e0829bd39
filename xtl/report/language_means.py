"""Scores of the settings of a sweep, language by language, for tables and the page."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from xtl.results import Result
from xtl.results.repeats import Repeat, repeat_of, seed_means


@dataclass(frozen=True, kw_only=True, slots=True)
class LanguageMeans:
    """Scores of one setting by language, means over seeds.

    Attributes:
        intermediate: Intermediate task; empty for the baseline.
        lang: Languages of the intermediate task; empty for the baseline.
        rows: Rows of it that were trained on.
        by_lang: Score in each language.
        unseen: Mean over the languages that the head was not trained in; ``None`` if none was scored.
        source: Mean over those that it was trained in; likewise.
    """

    intermediate: str
    lang: str
    rows: int
    by_lang: Mapping[str, float]
    unseen: float | None
    source: float | None


def language_means(results: Sequence[Result]) -> list[LanguageMeans]:
    """Scores of one task and metric by setting and language; the baseline first, and once for each seed.

    Args:
        results: Results of one task and one metric.
    """
    sources = {result.lang for result in results if result.is_source}
    values: dict[tuple[int, str, str], dict[str, dict[Repeat, float]]] = {}
    for result in results:
        phase = result.run.trained_intermediate
        of_setting = values.setdefault((phase.rows, phase.task, phase.lang), {})
        of_setting.setdefault(result.lang, {})[repeat_of(result)] = result.value
    means = []
    for key in sorted(values, key=lambda key: (key[0] > 0, key[1], key[2], key[0])):
        rows, name, lang = key
        by_lang = {
            code: statistics.fmean(seed_means(of_lang).values()) for code, of_lang in values[key].items()
        }
        means.append(
            LanguageMeans(
                intermediate=name,
                lang=lang,
                rows=rows,
                by_lang=by_lang,
                unseen=_mean(value for code, value in by_lang.items() if code not in sources),
                source=_mean(value for code, value in by_lang.items() if code in sources),
            )
        )
    return means


def _mean(values: Iterable[float]) -> float | None:
    numbers = list(values)
    return statistics.fmean(numbers) if numbers else None
