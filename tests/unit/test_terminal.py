"""Whatever a user's texts are, they are printed letter by letter."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

import xtl
from tests.helpers.factories import result, table_text
from xtl import progress
from xtl.progress import progress_meter
from xtl.report.tables.scores import language_table
from xtl.report.transfer import as_table, headline
from xtl.terminal import PlainTable, plain_console

TEXTS = ["[no]", "[/b]", "[bold]x[/]", ":x:", "[link=y]z", "a\\[b]"]
SOURCES = sorted(Path(xtl.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("text", TEXTS)
def test_tables_and_consoles_print_letter_by_letter(text):
    table = PlainTable(title=f"title {text}")
    table.add_column(f"head {text}")
    table.add_row(f"cell {text}")
    printed = table_text(table)
    assert all(f"{part} {text}" in printed for part in ("title", "head", "cell"))
    console = plain_console()
    console.file = io.StringIO()
    console.print(text)
    assert console.file.getvalue() == f"{text}\n"


@pytest.mark.parametrize("text", TEXTS)
def test_results_of_a_task_with_any_name_can_be_printed(text):
    results = [result(task=text, lang=lang, metric="f1") for lang in ("en", "de")]
    assert text in headline(results)
    for table in (as_table, language_table):
        table_text(table(results))


def printed_at(width, table):
    console = plain_console()
    console.file, console.width = io.StringIO(), width
    console.print(table)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [30, 60, 80, 120, 400])
def test_a_table_of_many_languages_shows_each_number_on_any_terminal(width):
    langs = [f"l{number}" for number in range(40)]
    lines = [
        result(lang=lang, value=50.0 + number + seed / 10, seed=seed)
        for number, lang in enumerate(langs)
        for seed in (1, 3)
    ]
    text = printed_at(width, language_table(lines))
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    assert text.split().count("udpos:") == 1
    numbers = re.findall(r"(?<!±)\b\d+\.\d\b", text)
    assert numbers[:40] == [f"{50.2 + number:.1f}" for number in range(40)]
    headings = [word for line in text.splitlines() if " rows" in f" {line}" for word in line.split()]
    assert [word for word in headings if word in langs] == langs
    # Each part names its rows.
    assert headings.count("rows") == text.count("2,001")
    assert (headings.count("rows") == 1) == (width == 400)


def test_parts_have_as_many_columns_each_and_a_narrow_console_gets_one_each():
    table = PlainTable(keys=1, padding=0, pad_edge=False, box=None)
    for heading in ("name", *"abcdefghij"):
        table.add_column(heading, no_wrap=True, justify="right")
    table.add_row("row", *["12345"] * 10)
    # A part has two lines, the heading and the row.
    parts = {width: len(printed_at(width, table).splitlines()) // 2 for width in (200, 60, 40, 36, 12, 3)}
    assert parts == {200: 1, 60: 1, 40: 2, 36: 2, 12: 10, 3: 10}
    assert printed_at(40, table).splitlines()[0].split() == ["name", *"abcde"]
    table.keys = None
    assert len(printed_at(12, table).splitlines()) == 2


@pytest.mark.parametrize("text", TEXTS)
def test_a_bar_shows_titles_and_notes_letter_by_letter(text, monkeypatch):
    console = Console(file=io.StringIO(), force_terminal=True, width=160, color_system=None)
    monkeypatch.setattr(progress, "console", console)
    monkeypatch.setattr(progress.logger, "level", 0)
    with progress_meter(f"title {text}", 2) as meter:
        meter.advance(1, tokens=5, note=f"note {text}")
    assert f"title {text}" in console.file.getvalue()
    assert f"note {text}" in console.file.getvalue()


def test_nothing_prints_past_the_two():
    """rich's own table and console read markup, so one file alone makes them."""
    others = r"from_markup|RichHandler|rich import print"
    made = re.compile(rf"(?<![A-Za-z_])(?<!wandb\.)(Table|Console)(\.grid)?\(|{others}")
    files = [path for path in SOURCES if made.search(path.read_text(encoding="utf-8"))]
    assert [path.name for path in files] == ["terminal.py"]
    columns = [path for path in SOURCES if "TextColumn(" in path.read_text(encoding="utf-8")]
    assert [path.name for path in columns] == ["progress.py"]


def test_a_title_wider_than_its_table_is_not_broken_to_the_width_of_the_table():
    table = PlainTable(title="pocket_pos [recipe.lr=0.01], test set")
    table.add_column("lang")
    table.add_row("de")
    first, *rest = printed_at(80, table).splitlines()
    assert first == "pocket_pos [recipe.lr=0.01], test set"
    assert rest[-2].strip("│ ") == "de"
    table.title = None
    assert printed_at(80, table).splitlines() == rest
