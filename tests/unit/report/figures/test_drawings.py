"""Figures besides the curves: what they mark, what they leave out, and how they stand in a page."""

import re

import pytest

from tests.helpers.curves import log_gain, sweep
from xtl.report.analysis.costs import costs
from xtl.report.analysis.english import english_curves
from xtl.report.analysis.fits import curve_fits
from xtl.report.analysis.gains import gain_cells
from xtl.report.analysis.panels import panels
from xtl.report.figures import cost_figure, english_figure, heat_map_figure, inline_svg, residual_figure
from xtl.report.figures.style import Styles, slug
from xtl.report.page.numbers import fits_part

PANELS = panels(sweep({"en": log_gain, "de": lambda rows: log_gain(rows) - 2, "zh": lambda rows: 0.0}))
STYLES = Styles(PANELS)


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_the_heat_map_marks_what_is_not_0_and_its_ink_stands_out():
    axes, _ = heat_map_figure(gain_cells(PANELS), alpha=0.05).axes
    words = dict(zip((label.get_text() for label in axes.get_yticklabels()), texts(axes), strict=True))
    assert re.fullmatch(r"\+\d\.\d\*\n800 rows", words["en"])
    assert "*" not in words["zh"]
    inks = {label: text.get_color() for label, text in zip(words, axes.texts, strict=True)}
    assert inks["en"] != inks["zh"]
    assert not {"black", "#000000"} & set(inks.values())  # the page's own ink, which is light in the dark


def test_beyond_english_sizes_marks_are_hollow_and_lines_end():
    (axes,) = english_figure(english_curves(PANELS, english="en"), STYLES).axes
    lines = {line.get_label(): line for line in axes.lines}
    assert list(lines["de"].get_xdata()) == pytest.approx([400, 800], rel=0.03)
    assert len(lines["zh"].get_xdata()) == 0
    hollow = [line for line in axes.lines if line.get_fillstyle() == "none"]
    assert {line.get_marker() for line in hollow} == {"v"}
    assert {float(line.get_ydata()[0]) for line in hollow} == {100.0}
    places = [float(line.get_xdata()[0]) for line in hollow]
    assert len({*places}) == len(places)  # no mark of a language hides that of another


def test_cost_has_gains_alone():
    (axes,) = cost_figure(costs(PANELS), STYLES).axes
    lines = {line.get_label(): line for line in axes.lines}
    assert set(lines) == {"no intermediate", "de", "en", "zh"}
    assert list(lines["en"].get_xdata()) == [2000, 3000, 5000, 9000]


def test_residuals_have_those_of_a_constant_below_them():
    best, constant = residual_figure(curve_fits(PANELS), STYLES).axes
    labels = {line.get_label() for line in constant.lines[1:]}
    assert labels == {"de: const", "en: const", "zh: const"}
    assert abs(max(best.lines[2].get_ydata())) < abs(max(constant.lines[2].get_ydata()))


def test_forms_of_too_few_points_to_compare_have_no_best_one():
    drawn = panels(sweep({"en": log_gain}, seeds=(1,)))  # a constant alone has an AICc
    fits = curve_fits(drawn)
    figure = residual_figure(fits, Styles(drawn))
    best, constant = figure.axes
    assert best.get_title() == "udpos: too few points to compare"
    assert [len(line.get_xdata()) for line in best.lines[1:]] == [0]
    assert [len(line.get_xdata()) for line in constant.lines[1:]] == [4]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["en: not compared"]
    html = fits_part(fits, ["<svg/>"])
    assert "(best)" not in html
    assert "too few points" in html
    assert "(best)" in fits_part(curve_fits(PANELS), ["<svg/>"])


def test_svg_for_a_page_has_the_ink_of_the_page_and_words_for_readers():
    figure = cost_figure(costs(PANELS), STYLES)
    svg = inline_svg(figure, name="cost-1", title="<gain>", description="all & more")
    assert svg.startswith("<svg ")
    assert 'role="img" aria-labelledby="cost-1-title cost-1-desc"' in svg
    assert '<title id="cost-1-title">&lt;gain&gt;</title><desc id="cost-1-desc">all &amp; more</desc>' in svg
    assert "#000000" not in svg
    assert "currentColor" in svg
    assert "#ffffff" not in svg  # no background
    identifiers = set(re.findall(r'id="([^"]+)"', svg))
    assert all(name.startswith(("cost-1-", "curve-")) for name in identifiers)
    assert set(re.findall(r'(?:url\(|href=")#([^")]+)', svg)) <= identifiers


def test_identifiers_have_no_spaces():
    assert slug("curve", "x <b> y", "", "de, hi") == "curve-x-b-y-de-hi"
