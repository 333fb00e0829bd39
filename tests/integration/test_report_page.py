"""The page of a sweep: verdicts first, nothing from elsewhere, the same bytes from the same results."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.helpers.curves import log_gain, sweep, write_runs
from xtl import results
from xtl.report import judge_sweep, read_content, sentence, write_report
from xtl.report.analysis.sweep import analyse
from xtl.report.page import page
from xtl.results import from_line, selected, to_line
from xtl.statistics import Rules

FIGURES = ("scaling", "english", "gains", "cost", "residuals")
VOID = ("meta", "br", "link", "!doctype")


class Reader(HTMLParser):
    """Gather what a page asks for, its identifiers, its text, and tags that are not closed."""

    def __init__(self, html):
        super().__init__()
        self.asked, self.ids, self.texts, self.open, self.tags = [], [], [], [], []
        self.headings = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self._note(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self._note(tag, attrs)

    def handle_data(self, data):
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)
        if not {"style", "script"} & set(self.open):
            self.texts.append(data)

    def _note(self, tag, attrs):
        self.tags.append(tag)
        self.asked += [
            value
            for name, value in attrs
            if name in ("src", "href", "xlink:href", "data", "action", "srcset")
        ]
        self.ids += [value for name, value in attrs if name == "id"]

    @property
    def text(self):
        return " ".join(self.texts)


def content_of(folder, **changed):
    gathered = results.gather([folder / "sweep"])
    judged = judge_sweep(selected(line for run in gathered.values() for line in run), Rules())
    content = read_content(
        [folder / "sweep"], gathered, judged, notes=["a note & more"], command="xtl-report A"
    )
    return replace(content, **changed)


def reported(folder):
    """Write the report on the runs of a folder; return the page."""
    return write_report(content_of(folder), folder / "report").read_text(encoding="utf-8")


def rendered(lines, folder, **changed):
    """Page without its figures, which take longer than all else."""
    write_runs(folder / "sweep", lines)
    content = content_of(folder, **changed)
    return page(content, analyse(content.panels, content.results, english="en"), {})


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Page of a sweep that has everything, its folder, and its results."""
    folder = tmp_path_factory.mktemp("both")
    gains = {"en": log_gain, "de": lambda rows: 0.7 * log_gain(rows)}
    lines = sweep(gains, tasks=("udpos", "uner"))
    others = [
        replace(line, value=line.value - 1, run=replace(line.run, selection="last", is_selected=False))
        for line in lines
    ]
    write_runs(folder / "sweep", lines + others)
    return reported(folder), folder, lines


def test_the_verdict_stands_first_and_every_part_is_there(both):
    html, _, lines = both
    found = Reader(html)
    assert found.open == []
    first = judge_sweep(lines, Rules()).judgements[0]
    assert found.text.index("Does more intermediate data") < found.text.index(sentence(first))
    assert found.text.index(sentence(first)) < found.text.index("does not say") < found.text.index("log axis")
    assert found.headings == [
        "Verdicts", "Curves", "In English rows", "Intermediate languages and targets",
        "Language by language", "Selections of weights", "Cost and gain", "Fits and residuals",
        "Failed or missing", "Methods", "Where this comes from",
    ]  # fmt: skip
    for part in (
        "a note & more",
        "xtl-report A",
        "xtl-train -m seed=1,2,3",
        "Satterthwaite",
        "not identified",
    ):
        assert part in found.text


def test_it_asks_for_nothing_and_is_small(both):
    html, _, _ = both
    assert [target for target in Reader(html).asked if not target.startswith("#")] == []
    for word in (
        "@import",
        "url(http",
        "fetch(",
        "XMLHttpRequest",
        "<link",
        "<img",
        "<iframe",
        "<script src",
    ):
        assert word not in html
    assert len(html.encode()) < 1_000_000


def test_every_identifier_is_there_once_and_every_link_ends(both):
    found = Reader(both[0])
    assert sorted(found.ids) == sorted(set(found.ids))
    assert {target[1:] for target in found.asked} <= set(found.ids)
    curves = {name for name in found.ids if name.startswith("curve-")}
    assert {f"curve-{task}-stsb-{lang}" for task in ("udpos", "uner") for lang in ("en", "de")} <= curves
    assert "curve-udpos-baseline" in curves


def test_figures_stand_beside_it_in_three_formats_with_text_as_text(both):
    _, folder, _ = both
    files = {path.name for path in (folder / "report").iterdir()}
    assert files == {"index.html", *(f"{name}{end}" for name in FIGURES for end in (".svg", ".pdf", ".png"))}
    svg = (folder / "report" / "scaling.svg").read_text(encoding="utf-8")
    assert ">rows of stsb</text>" in svg
    assert 'id="curve-uner-stsb-de"' in svg
    assert "<dc:date>" not in svg


def test_the_same_results_give_the_same_bytes(both, tmp_path):
    _, folder, _ = both
    again = tmp_path / "again"
    again.mkdir()
    (again / "sweep").symlink_to(folder / "sweep")
    reported(again)
    for path in (folder / "report").iterdir():
        assert path.read_bytes() == (again / "report" / path.name).read_bytes(), path.name


def test_readers_without_eyes_and_without_a_mouse(both):
    html, _, _ = both
    found = Reader(html)
    assert '<html lang="en">' in html
    assert found.asked[0] == "#verdicts"  # skips what stands before them
    svgs = re.findall(r"<svg[^>]*>", html)
    assert len(svgs) == 9  # five figures, one for each target but the heat map
    for tag in svgs:
        (names,) = re.findall(r'role="img" aria-labelledby="(\S+) (\S+)"', tag)
        assert set(names) <= set(found.ids)
    headings = re.findall(r"<th\b[^>]*>", html)
    assert headings
    assert all('scope="' in heading for heading in headings)
    head = re.findall(r"<thead>.*?</thead>", html)
    assert len(head) == found.tags.count("table") == found.tags.count("caption")
    assert all(row.count("<th ") == row.count("<button ") for row in head)
    assert "aria-sort" in html
    for style in ("prefers-color-scheme: dark", "@media print", "max-width: 40rem"):
        assert style in html


def test_names_from_the_data_are_text(tmp_path, monkeypatch):
    monkeypatch.setattr("xtl.report.page.write.save", lambda figure, path: None)  # the page has its own
    name = '<script>alert("1")</script>$a$'
    lines = sweep({"en": log_gain, "de": log_gain}, tasks=(name,))
    lines = [replace(line, run=replace(line.run, recipe="<b>bold")) for line in lines]
    write_runs(tmp_path / "sweep", lines, platform="<i>linux")
    (tmp_path / "sweep" / "broken").mkdir()
    (tmp_path / "sweep" / "broken" / "status.json").write_text(
        json.dumps({"status": "failed", "seconds": 1.0, "error": "<u>no</u> memory"})
    )
    found = Reader(reported(tmp_path))
    assert found.tags.count("script") == 1
    assert not {"b", "i", "u"} & set(found.tags)
    for text in (name, "<b>bold", "<i>linux", "<u>no</u> memory"):
        assert text in found.text


@pytest.mark.parametrize(
    ("changed", "present", "absent"),
    [
        ({"gains": {"de": log_gain}}, "nothing is compared with English", "In English rows"),
        ({"seeds": (1,)}, "One seed", "Bands:"),
        ({"sizes": (100,)}, "no fit (", "AICc less the best"),
        ({"baseline": False}, "no baseline, so no gain can be told", "Intermediate languages and targets"),
        ({"tasks": ("uner",)}, "uner, de:", "udpos"),
    ],
    ids=["no English", "one seed", "one size", "no baseline", "one target"],
)
def test_parts_come_and_go_with_the_data(tmp_path, changed, present, absent):
    gains = {"en": log_gain, "de": lambda rows: 0.5 * log_gain(rows)}
    html = rendered(sweep(**{"gains": gains, **changed}), tmp_path)
    found = Reader(html)
    assert present in found.text
    assert absent not in found.text
    assert "Selections of weights" not in found.text
    assert found.open == []


def test_a_figure_that_has_no_data_any_more_is_taken_away(tmp_path):
    write_runs(tmp_path / "sweep", sweep({}, seeds=(1,)))  # a baseline alone
    (tmp_path / "report").mkdir()
    for name in ("english.svg", "english.png", "other.svg"):
        (tmp_path / "report" / name).touch()
    reported(tmp_path)
    assert {path.name for path in (tmp_path / "report").iterdir()} == {
        "index.html", "other.svg", "scaling.svg", "scaling.pdf", "scaling.png",
    }  # fmt: skip


def test_what_could_not_be_judged_is_told(tmp_path):
    lines = sweep({"de": log_gain})
    twice = [
        replace(line, value=1.0, run=replace(line.run, cell="twin", data_seed=7))
        for line in lines
        if line.run.trained_intermediate.rows == 100 and line.run.seed == 1
    ]
    text = Reader(rendered(lines + twice, tmp_path)).text
    assert "no verdict" in text
    assert "expected one data_seed for each seed" in text


def test_intervals_of_scores_are_shown_where_there_are_some(tmp_path):
    intervals = {("de, 800 rows", "udpos", "fr"): (71.0, 75.5, "examples")}
    html = rendered(sweep({"de": log_gain}), tmp_path, intervals=intervals)
    assert html.count("[71.0, 75.5]") == 2  # by language, and of all settings
    assert "95 % intervals over examples" in html


def test_the_script_is_short():
    html = Path(__file__).parents[2].joinpath("xtl/report/page/page.html").read_text(encoding="utf-8")
    script = html[html.index("<script>") : html.index("</script>")]
    assert len(script.splitlines()) < 80


def test_a_verdict_on_the_page_names_its_budget(tmp_path):
    assert "after Holm; budget: epochs:3" in Reader(rendered(sweep({"de": log_gain}), tmp_path / "one")).text
    lines = sweep({"de": log_gain}) + sweep({"de": log_gain}, intermediate_budget="steps:360")
    text = Reader(rendered(lines, tmp_path / "two")).text
    assert "after Holm; budget" not in text
    for budget in ("epochs:3", "steps:360"):
        assert f"udpos after stsb in de ({budget}): grows" in text


def test_verdicts_of_one_target_with_two_recipes_have_their_own_names(tmp_path):
    lines = sweep({"de": log_gain}) + sweep({"de": lambda rows: -log_gain(rows)}, recipe="large")
    text = Reader(rendered(lines, tmp_path)).text
    assert "udpos (recipe small), de: grows" in text
    assert "udpos (recipe large), de: falls" in text


def test_verdicts_keep_their_names_where_another_language_has_harmed_the_encoder(tmp_path):
    lines = []
    for recipe, sign in (("small", 1), ("large", -1)):
        gains = dict.fromkeys(("de", "zh"), lambda rows, sign=sign: sign * log_gain(rows))
        lines += [
            from_line({**to_line(line), "target_metric": "f1", "target_validation": 90.0 - 9.0 * is_harmed})
            for line in sweep(gains, recipe=recipe)
            for is_harmed in [line.run.trained_intermediate.lang == "zh"]
        ]
    text = Reader(rendered(lines, tmp_path)).text
    assert text.count("encoder damaged") >= 2
    assert "udpos (recipe small), de: grows" in text
    assert "udpos (recipe large), de: falls" in text


def test_verdicts_on_curves_of_equal_scores_are_told_apart_by_their_settings(tmp_path):
    lines = sweep({"de": log_gain}) + sweep({"de": log_gain}, recipe="large")
    text = Reader(rendered(lines, tmp_path)).text
    assert "udpos (recipe small), de: grows" in text
    assert "udpos (recipe large), de: grows" in text
