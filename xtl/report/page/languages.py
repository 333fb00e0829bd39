"""Scores language by language: with the gap to the source, and of every setting."""

from collections.abc import Iterable, Sequence
from html import escape

from xtl.errors import ConfigError
from xtl.languages import language
from xtl.report.analysis.languages import SettingScores, setting_scores, source_langs
from xtl.report.analysis.panels import Panel
from xtl.report.page.content import ScoreIntervals
from xtl.report.page.markup import NONE, Column, details, numbers, paragraph, table, words


def languages_part(panels: Iterable[Panel], intervals: ScoreIntervals) -> str:
    """Tables of each target: gaps and gains by language, and all settings.

    Args:
        panels: Curves by target.
        intervals: Intervals of single scores; those that are there are shown.
    """
    return "".join(_panel_part(panel, intervals) for panel in panels)


def _panel_part(panel: Panel, intervals: ScoreIntervals) -> str:
    settings = setting_scores(panel)
    sources = source_langs(panel)
    kinds = sorted({kind for (_, title, _), (_, _, kind) in intervals.items() if title == panel.title})
    note = f"In brackets: 95 % intervals over {' or '.join(kinds)}." if kinds else ""
    every = details(f"All settings of {panel.title}", _settings_table(panel, settings, intervals, sources))
    head = f"<h3>{escape(panel.title)}</h3>" + (paragraph(note) if note else "")
    return head + _gap_table(panel, settings, intervals, sources) + every


def _gap_table(
    panel: Panel, settings: Sequence[SettingScores], intervals: ScoreIntervals, sources: Sequence[str]
) -> str:
    """A row for each language: score and gap without intermediate data and after the most of each curve."""
    largest = [setting for setting in settings if setting.curve is None]
    for curve in panel.curves:
        largest += [setting for setting in settings if setting.curve is curve][-1:]
    columns = list(words("lang", "name"))
    for setting in largest:
        columns += [
            Column(name=setting.label, is_number=True, title="score"),
            Column(name="gap", is_number=True, title=f"source less the language, {setting.label}"),
        ]
    langs = [*sources, *panel.langs]
    rows = []
    for lang in langs:
        row = [f"{lang} (source)" if lang in sources else lang, _name(lang)]
        for setting in largest:
            value, gap = setting.by_lang.get(lang), setting.gap_of_lang.get(lang)
            row += [_score(value, intervals.get((setting.label, panel.title, lang))), _number(gap)]
        rows.append(row)
    source = ", ".join(sources) or "none scored"
    gap_note = f"gap: source ({source}) less the language, over the seeds that have both"
    caption = f"{panel.title}: {panel.metric}, means over seeds; {gap_note}"
    return table(columns, rows, caption=caption)


def _settings_table(
    panel: Panel, settings: Sequence[SettingScores], intervals: ScoreIntervals, sources: Sequence[str]
) -> str:
    """A row for each setting, a column for each language."""
    langs = [*sources, *panel.langs]
    columns = [*words("setting"), *numbers("rows", *langs, "unseen", "gap")]
    rows = [
        [
            "none" if setting.curve is None else setting.curve.label,
            f"{setting.rows:,}",
            *(
                _score(setting.by_lang.get(lang), intervals.get((setting.label, panel.title, lang)))
                for lang in langs
            ),
            _number(setting.unseen),
            _number(setting.gap),
        ]
        for setting in settings
    ]
    return table(columns, rows, caption=f"{panel.title}: {panel.metric} of all settings, means over seeds")


def _score(value: float | None, interval: tuple[float, float, str] | None) -> str:
    if value is None:
        return NONE
    return f"{value:.1f}" + (f" [{interval[0]:.1f}, {interval[1]:.1f}]" if interval else "")


def _number(value: float | None) -> str:
    return NONE if value is None else f"{value:.1f}"


def _name(lang: str) -> str:
    try:
        return language(lang).name
    except ConfigError:
        return ""  # a language of a user's own task need not be known
