"""Tables as records, a row of CSV each, in full precision."""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from xtl.report.intervals.score_intervals import ScoreInterval
from xtl.report.intervals.settings import Setting
from xtl.report.verdicts import Judgement
from xtl.report.xtreme_table import Benchmark
from xtl.statistics import Finding

Record = Mapping[str, object]


def score_records(
    intervals: Iterable[ScoreInterval], ranks: Mapping[Setting, int] | None = None
) -> list[Record]:
    """Record of each interval: the score, its ends, what they are over, and the setting.

    Args:
        intervals: Intervals.
        ranks: Rank of each setting, if it has one.
    """
    return [
        {
            "task": interval.task,
            "metric": interval.metric,
            "lang": interval.lang,
            **_setting_record(interval.setting),
            "value": interval.value,
            "low": interval.low,
            "high": interval.high,
            "interval_kind": interval.kind,
            "seeds": interval.seeds,
            "examples": interval.examples,
            **({"rank": ranks.get(interval.setting)} if ranks else {}),
            "note": interval.note,
        }
        for interval in intervals
    ]


def verdict_records(judgements: Sequence[Judgement]) -> list[Record]:
    """Record of each gain and verdict: one in languages, and one in these languages where there is one."""
    return [
        _verdict_record(judgement, finding)
        for judgement in judgements
        for finding in (judgement.finding, judgement.in_these_languages)
        if finding is not None
    ]


def benchmark_records(benchmark: Benchmark) -> list[Record]:
    """Record of each task, each group and the whole of a benchmark in one setting."""
    averages = benchmark.averages
    shared = {"setting": str(benchmark.setting), "seeds": benchmark.seeds}
    tasks: list[Record] = [
        {
            **shared,
            "name": name,
            "languages": average.count,
            "missing": " ".join(average.missing),
            "value": average.score,
            "without_en": average.without_english,
            **average.metrics,
        }
        for name, average in averages.tasks.items()
    ]
    means = {**averages.groups, **({"XTREME": averages.overall} if averages.overall else {})}
    groups: list[Record] = [
        {**shared, "name": name, "value": score, "without_en": without_english}
        for name, (score, without_english) in means.items()
    ]
    return tasks + groups


def csv_text(records: Sequence[Record]) -> str:
    """Records as CSV with a heading; what is not there, or no number, is empty.

    Example:
        >>> print(csv_text([{"lang": "de", "value": 0.1 + 0.2, "low": None}]), end="")
        lang,value,low
        de,0.30000000000000004,
    """
    buffer = io.StringIO()
    names = list(dict.fromkeys(name for record in records for name in record))
    writer = csv.DictWriter(buffer, names, lineterminator="\n")
    writer.writeheader()
    for record in records:
        writer.writerow({name: None if _is_nan(value) else value for name, value in record.items()})
    return buffer.getvalue()


def _setting_record(setting: Setting) -> dict[str, object]:
    renamed = {"lang": "intermediate_lang", "rows": "intermediate_rows", "budget": "intermediate_budget"}
    return {renamed.get(name, name): value for name, value in asdict(setting).items()}


def _verdict_record(judgement: Judgement, finding: Finding) -> Record:
    points = finding.points
    gain = points.evidence.gain
    interval = None if gain is None else gain.estimate.interval()
    return {
        "task": finding.task,
        "metric": finding.metric,
        "intermediate": judgement.intermediate,
        "intermediate_lang": finding.lang,
        "intermediate_rows": judgement.rows,
        "intermediate_budget": finding.budget,
        "value": None if gain is None else gain.estimate.value,
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
        "interval_kind": "" if gain is None else str(gain.estimate.scope),
        "seeds": 0 if gain is None else gain.estimate.num_seeds,
        "verdict": str(points.verdict),
        "on_logits": "" if finding.logits is None else str(finding.logits.verdict),
        **{f"p_after_holm: {claim}": p for claim, p in points.adjusted.items()},
    }


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)
