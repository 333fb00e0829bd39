"""Tables of scores: as printed, as CSV and as LaTeX."""

import csv
import io
import math
import re

import pytest

from tests.helpers.factories import result, table_words
from xtl import results
from xtl.cli import report
from xtl.report import language_table, margin_note, scaling_table, score_intervals
from xtl.report.tables.latex import escaped, latex_table
from xtl.report.tables.ranks import setting_ranks
from xtl.report.tables.records import csv_text
from xtl.terminal import PlainTable


def cell(lang, rows, seed, scores, *, task="udpos", **changed):
    """The lines of one cell: English, which the head was trained in, and others."""
    return [
        result(
            task=task, train_task=task, lang=code, value=value, seed=seed,
            intermediate_task="stsb", intermediate_lang=lang, intermediate_rows=rows, **changed,
        )
        for code, value in scores.items()
    ]  # fmt: skip


BASELINE = {1: {"en": 99.0, "de": 60.0, "hi": 40.0}, 2: {"en": 99.0, "de": 64.0, "hi": 44.0}}
# Without rows a cell is the baseline whatever its language: it stands in the sweep once for each.
SWEEP = [
    *(line for seed in (1, 2) for lang in ("de", "en") for line in cell(lang, 0, seed, BASELINE[seed])),
    *cell("de", 100, 1, {"en": 99.0, "de": 70.0, "hi": 50.0}),
    *cell("de", 100, 2, {"en": 99.0, "de": 70.0, "hi": 56.0}),
    *cell("en", 100, 1, {"en": 99.0, "de": 50.0, "hi": 50.0}),
]


def test_the_table_has_a_row_for_each_setting_and_a_column_for_each_target():
    lines = SWEEP + cell("de", 100, 1, {"de": 10.0, "hi": 20.0}, task="uner")
    header, metrics, *body = table_words(scaling_table(score_intervals(lines)))
    assert header == ["udpos", "uner"]
    assert metrics == ["intermediate", "language", "rows", "accuracy", "accuracy"]
    assert body == [  # 12.706 standard errors of two seeds: of 50 and 54, of 60 and 63
        ["none", "-", "0", "52.0", "±", "25.4", "-"],
        ["stsb", "de", "100", "61.5", "±", "19.1", "15.0"],
        ["stsb", "en", "100", "50.0", "-"],
    ]


def test_the_table_of_languages_has_means_with_margins_and_ranks():
    title, header, *body = table_words(language_table(SWEEP))
    assert title == ["udpos:", "accuracy", "after", "stsb"]
    assert header == ["lang", "rows", "en", "de", "hi", "unseen", "rank"]
    assert body == [
        ["none", "0", "99.0", "62.0", "42.0", "52.0", "1"],
        ["±0.0", "±25.4", "±25.4", "±25.4"],
        ["de", "100", "99.0", "70.0", "53.0", "61.5", "1"],  # two seeds cannot tell it from the baseline
        ["±0.0", "±0.0", "±38.1", "±19.1"],
        ["en", "100", "99.0", "50.0", "50.0", "50.0", "-"],
    ]


def test_without_intermediate_data_rows_are_those_of_the_target():
    scores = {1000: {"en": 90.0, "de": 80.0, "hi": 45.0}, 100: {"en": 70.0, "de": 50.0, "hi": 30.0}}
    lines = [
        result(lang=lang, value=value, train_rows=rows)
        for rows, by_lang in scores.items()
        for lang, value in by_lang.items()
    ]
    assert table_words(language_table(lines)) == [
        ["udpos:", "accuracy"],
        ["rows", "en", "de", "hi", "unseen"],
        ["100", "70.0", "50.0", "30.0", "40.0"],  # (50 + 30) / 2
        ["1,000", "90.0", "80.0", "45.0", "62.5"],  # (80 + 45) / 2
    ]
    alone = language_table([result(lang="en", value=70.0, train_rows=100)])
    assert table_words(alone)[-1] == ["100", "70.0", "-"]


def test_targets_of_one_size_stand_in_one_row_with_it_whatever_chose_their_weights():
    lines = [
        *(result(lang="de", value=50.0, train_rows=40, seed=seed) for seed in (1, 2)),
        *(
            result(
                value=20.0, train_rows=40, seed=seed, task="tatoeba", train_task="tatoeba", rule="untrained"
            )
            for seed in (1, 2)
        ),
    ]
    _, metrics, *body = table_words(scaling_table(score_intervals(lines)))
    assert metrics[0] == "rows"
    assert [row[0] for row in body] == ["40"]
    assert "-" not in body[0]


def test_what_else_differs_between_settings_has_a_column():
    lines = SWEEP + cell("de", 100, 1, {"de": 80.0, "hi": 70.0}, recipe="hu2020")
    header = table_words(language_table(lines))[1]
    assert header[:3] == ["lang", "rows", "recipe"]
    assert table_words(scaling_table(score_intervals(lines)))[1][3] == "recipe"


def test_a_score_that_is_no_number_is_a_dash():
    assert table_words(language_table([result(value=math.nan)]))[-1] == ["2,001", "-", "-"]


def test_clear_differences_have_ranks_of_their_own():
    lines = [
        line
        for seed in (1, 2, 3, 4)
        for lang, level in (("de", 70.0), ("hi", 69.95), ("zh", 50.0))
        for line in cell(lang, 100, seed, dict.fromkeys(("es", "fr", "ru"), level + seed / 20 * (-1) ** seed))
    ]
    ranks = {setting.lang: rank for setting, rank in setting_ranks(lines).items()}
    assert ranks["zh"] == 3
    assert setting_ranks([line for line in lines if line.run.seed == 1]) == {}


@pytest.mark.parametrize(
    "text", ["a&b", "50 %", "x_1", "#1", "$5", "{}", "~", "^", "\\cmd", "<|>", "[x", "*"]
)
def test_no_letter_is_a_command_of_latex(text):
    made = escaped(text)
    for command in (r"\textbackslash{}", r"\textasciitilde{}", r"\textasciicircum{}", r"\textless{}"):
        made = made.replace(command, "")
    for command in (r"\textgreater{}", r"\textbar{}", "{[}", "{*}"):
        made = made.replace(command, "")
    unescaped = [
        char
        for before, char in zip(" " + made, made, strict=False)
        if char in "&%$#_{}~^<>|[*" and before != "\\"
    ]
    assert unescaped == []


def test_latex_has_the_rows_of_the_printed_table():
    table = PlainTable(title="F1 & more")
    table.add_column("lang")
    table.add_column("value", justify="right")
    table.add_row("de", "87.4\n±0.6", end_section=True)
    table.add_row("[x", "-")
    assert latex_table(table, label="tab:x").splitlines() == [
        r"\begin{table}", r"\centering", r"\caption{F1 \& more}", r"\label{tab:x}", r"\begin{tabular}{lr}",
        r"\toprule", r"lang & value \\", r"\midrule", r"de & 87.4 $\pm$ 0.6 \\", r"\midrule", r"{[}x & - \\",
        r"\bottomrule", r"\end{tabular}", r"\end{table}",
    ]  # fmt: skip


def test_csv_keeps_all_digits_and_texts():
    text = csv_text([{"name": 'a "b", c', "value": 1 / 3, "low": None, "high": math.nan}, {"name": "d"}])
    first, second = csv.DictReader(io.StringIO(text))
    assert (first["name"], float(first["value"]), first["low"], first["high"]) == ('a "b", c', 1 / 3, "", "")
    assert second == {"name": "d", "value": "", "low": "", "high": ""}


def test_the_note_says_what_margins_are_over():
    one, several = [result(value=50.0)], [result(value=50.0), result(value=51.0, seed=2)]
    assert margin_note(score_intervals(one)).startswith("one seed: no interval")
    assert margin_note(score_intervals(several)) == "2 seeds: mean ± half of the 95 % interval over seeds"


def test_the_benchmarks_averages_are_written_too(tmp_path):
    lines = [result(task="pawsx", lang=lang, value=80.0 + place) for place, lang in enumerate(("en", "de"))]
    results.write(tmp_path / "run" / results.FILE_NAME, lines)
    report.main([str(tmp_path), "--xtreme"])
    report.main([str(tmp_path), "--xtreme", "--out", str(tmp_path / "own")])
    written = (tmp_path / "report" / "tables" / "xtreme-1.csv").read_text()
    assert (tmp_path / "own" / "xtreme-1.csv").read_text() == written
    with (tmp_path / "report" / "tables" / "xtreme-1.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert (row["name"], row["languages"], float(row["value"]), row["seeds"]) == ("pawsx", "2", 80.5, "1")
    assert r"\begin{tabular}" in (tmp_path / "report" / "tables" / "xtreme-1.tex").read_text()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--compare", "--margin", "1"], "--margin: expected a report or --power, .* got --compare"),
        (["--export", "every_eval_ever", "--margin", "1"], "got --export"),
        (["--xtreme", "--margin", "1"], "got --xtreme"),
        (["--power", "--wandb"], "--wandb: expected a report to log, got --power"),
        (["--xtreme", "--power"], "not allowed with"),
    ],
)
def test_an_option_that_a_mode_does_not_look_at_is_refused(tmp_path, capsys, flags, message):
    with pytest.raises(SystemExit):
        report.main([str(tmp_path), *flags])
    assert re.search(message, capsys.readouterr().err)
