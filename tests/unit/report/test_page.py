"""The page of a sweep: verdicts first, nothing from elsewhere, the same bytes from the same results."""

from html.parser import HTMLParser

import numpy as np

from tests.helpers.factories import result
from xtl.report import draw_scaling, judge_sweep, page, points, sentence
from xtl.statistics import Rules


class Reader(HTMLParser):
    """Gather what a page asks for, its text in order, and tags that are not closed."""

    VOID = ("meta", "br", "path", "use", "line", "rect", "circle", "link", "!doctype")

    def __init__(self, html):
        super().__init__()
        self.asked, self.texts, self.open = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.asked += [
            value for name, value in attrs if name in ("src", "href", "xlink:href", "data", "action")
        ]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.asked += [value for name, value in attrs if name in ("src", "href", "xlink:href")]

    def handle_data(self, data):
        self.texts.append(data)


def lines(task="udpos"):
    rng = np.random.default_rng(3)
    return [
        result(
            task=task, train_task=task, lang=lang, seed=seed, intermediate_rows=rows,
            value=float(60 + np.log2(1 + rows / 100) + rng.normal(0, 0.2)),
            **({"intermediate_task": "x<b>nli", "intermediate_lang": "de", "intermediate_budget": "epochs:2"}
               if rows else {}),
        )
        for seed in (1, 2, 3) for lang in ("en", "de", "fr", "hi") for rows in (0, 100, 200, 400)
    ]  # fmt: skip


def made(results, tmp_path):
    figure = tmp_path / "curves.svg"
    draw_scaling(points(results), figure)
    svg = figure.read_text(encoding="utf-8")
    judged = judge_sweep(results, Rules())
    return judged, page(
        results, judged, figure=svg[svg.index("<svg") :], notes=["a note & more"], command="xtl-report A"
    )


def test_the_verdict_stands_first_and_all_is_there(tmp_path):
    judged, html = made(lines(), tmp_path)
    text = " ".join(Reader(html).texts)
    (judgement,) = judged.judgements
    assert text.index(sentence(judgement)) < text.index("Curves") < text.index("language by language")
    for part in ("a note & more", "x<b>nli", "tokens", "Satterthwaite", "xtl-report A", "gap"):
        assert part in text
    assert Reader(html).open == []
    assert 'id="curve-udpos-x&lt;b&gt;nli-de"' in html


def test_it_asks_for_nothing_and_is_small(tmp_path):
    _, html = made(lines(), tmp_path)
    assert [target for target in Reader(html).asked if not target.startswith("#")] == []
    assert "@import" not in html
    assert "url(http" not in html
    assert len(html.encode()) < 500_000


def test_the_same_results_give_the_same_bytes(tmp_path):
    assert made(lines(), tmp_path)[1] == made(lines(), tmp_path)[1]


def test_what_could_not_be_judged_is_told(tmp_path):
    results = lines()
    judged, html = made([*results, result(lang="fr", value=1.0, seed=1)], tmp_path)
    assert not judged.judgements
    assert "no verdict" in html
    assert "expected one score a cell" in html
