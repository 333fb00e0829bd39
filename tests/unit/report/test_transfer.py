import pytest

from tests.helpers.factories import result, table_text
from xtl.report import as_table, headline, transfers

CELL = [
    result(lang="en", value=95.0, n=2077),
    result(lang="hi", value=60.0, n=1684),
    result(lang="de", value=90.0),
    result(lang="zh", value=30.0),
]


def row(text, label):
    (line,) = [line for line in text.splitlines() if label in line]
    return [cell.strip() for cell in line.strip("│ ").split("│")]


def test_means_and_gap_by_hand():
    (transfer,) = transfers(CELL)
    assert transfer.source_mean == 95.0
    assert transfer.unseen_mean == pytest.approx(60.0)  # (60 + 90 + 30) / 3
    assert transfer.gap == pytest.approx(35.0)
    assert [result.lang for result in transfer.unseen] == ["de", "hi", "zh"]  # best first


def test_equal_scores_are_sorted_by_language():
    (transfer,) = transfers([result(lang=lang, value=50.0) for lang in ("zh", "de", "hi")])
    assert [result.lang for result in transfer.unseen] == ["de", "hi", "zh"]


def test_several_source_languages():
    (transfer,) = transfers(
        [
            result(lang=lang, value=value, train_lang="en+de")
            for lang, value in (("en", 90.0), ("de", 80.0), ("hi", 50.0))
        ]
    )
    assert [source.lang for source in transfer.source] == ["en", "de"]
    assert transfer.source_mean == 85.0
    assert transfer.gap == 35.0


def test_a_language_code_inside_another_is_not_the_source():
    (transfer,) = transfers([result(lang="e", train_lang="en"), result(lang="en", train_lang="en")])
    assert [source.lang for source in transfer.source] == ["en"]


def test_without_the_source_there_is_no_gap():
    (transfer,) = transfers(CELL[1:])
    assert transfer.source_mean is None
    assert transfer.unseen_mean == pytest.approx(60.0)
    assert transfer.gap is None


def test_without_others_there_is_no_gap():
    (transfer,) = transfers(CELL[:1])
    assert (transfer.source_mean, transfer.unseen_mean, transfer.gap) == (95.0, None, None)


def test_tasks_and_metrics_come_apart_in_order():
    mixed = [
        result(metric="f1"),
        result(metric="accuracy"),
        result(task="panx", metric="f1"),
        result(metric="f1"),
    ]
    assert [(t.task, t.metric, len(t.unseen)) for t in transfers(mixed)] == [
        ("udpos", "f1", 2),
        ("udpos", "accuracy", 1),
        ("panx", "f1", 1),
    ]
    assert transfers([]) == []


def test_a_table_holds_every_number():
    text = table_text(
        as_table([*CELL, *(result(lang=r.lang, metric="f1", value=r.value - 5, n=r.n) for r in CELL)])
    )
    assert row(text, "en  English  (source)") == ["en  English  (source)", "95.0", "90.0", "2,077"]
    assert row(text, "hi  Hindi") == ["hi  Hindi", "60.0", "55.0", "1,684"]
    assert row(text, "source (en)") == ["source (en)", "95.0", "90.0"]
    assert row(text, "mean of 3 other(s)") == ["mean of 3 other(s)", "60.0", "55.0"]
    assert row(text, "gap") == ["gap", "35.0", "35.0"]


def test_the_line_above_the_table():
    assert headline(CELL) == "udpos, test set: tiny trained on 2,001 rows of udpos in en"


def test_a_table_without_the_source():
    text = table_text(as_table(CELL[1:]))
    assert row(text, "source (en)")[1] == "-"
    assert row(text, "gap")[1] == "-"
    assert row(text, "mean of 3 other(s)")[1] == "60.0"


def test_a_table_without_others():
    text = table_text(as_table(CELL[:1]))
    assert row(text, "mean of 0 other(s)")[1] == "-"
    assert row(text, "source (en)")[1] == "95.0"


def test_a_language_that_is_in_no_table_is_shown_by_its_code():
    assert row(table_text(as_table([result(lang="xx")])), "xx")[0] == "xx"


def test_a_score_that_is_missing_is_a_dash():
    text = table_text(as_table([*CELL, result(lang="en", metric="f1", value=50.0)]))
    assert row(text, "Hindi")[1:3] == ["60.0", "-"]
