"""Pieces of HTML: cells sort by the number they begin with, and all text is escaped."""

import pytest

from xtl.report.page.markup import Column, details, figure, numbers, section, table, with_interval, words
from xtl.statistics import Interval


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,000", "1000"),
        ("+1.20 [+0.90, +1.50]", "+1.20"),
        ("-0.5", "-0.5"),
        ("<0.0001", "0.0001"),
        ("3.4e-05", "3.4e-05"),
        ("1,437 [1,200, above the largest]", "1437"),
        ("-", ""),
        ("below the smallest", ""),
    ],
)
def test_a_number_sorts_by_what_it_begins_with(text, value):
    html = table([*words("name"), *numbers("n")], [["a", text]], caption="c")
    assert f'data-value="{value}"' in html


def test_all_text_is_escaped():
    bad = '<i>"&'
    columns = [Column(name=bad, title=bad), Column(name=bad, is_number=True)]
    html = table(columns, [[bad, bad]], caption=bad) + details(bad, " ")
    html += figure(["<svg/>"], caption=bad, file="f") + section("x", bad, " ")
    assert "<i>" not in html
    assert html.count("&lt;i&gt;&quot;&amp;") == 10


def test_parts_without_content_are_not_there():
    assert section("x", "X", "", "") == details("x", "") == figure([], caption="c", file="f") == ""


def test_an_interval_stands_behind_its_number():
    assert with_interval(1.0, Interval(low=-0.5, high=2.5, level=0.95)) == "+1.00 [-0.50, +2.50]"
    assert with_interval(1.0, None, sign="", digits=1) == "1.0"
