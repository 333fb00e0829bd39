from dataclasses import replace

import numpy as np
import pytest

from tests.helpers.factories import result
from xtl.statistics import ScoreTable, score_table


def line(seed, lang, rows, value, *, intermediate="de", data_seed=1, **fields):
    settings = {
        "task": "udpos", "train_task": "udpos",
        "intermediate_task": "stsb", "intermediate_budget": "epochs:3", **fields,
    }  # fmt: skip
    return result(
        seed=seed, lang=lang, value=value, data_seed=data_seed, intermediate_lang=intermediate,
        intermediate_rows=rows, **settings,
    )  # fmt: skip


SWEEP = [
    line(seed, lang, rows, 50.0 + seed + rows / 100, intermediate=code)
    for seed in (1, 2)
    for lang in ("en", "hi", "sw")
    for code in ("de", "zh")
    for rows in (0, 100, 200)
]


def table(scores, **labels):
    scores = np.asarray(scores, dtype=float)
    names = dict(zip(("seeds", "langs", "sizes", "intermediates"), scores.shape, strict=True))
    axes = {
        "seeds": tuple(range(names["seeds"])),
        "langs": tuple(f"l{index}" for index in range(names["langs"])),
        "sizes": (0, *(100 * 2**index for index in range(names["sizes"] - 1))),
        "intermediates": ("de", "en", "zh")[: names["intermediates"]],
    }
    return ScoreTable(scores=scores, **{**axes, **labels})


def test_a_sweep_becomes_an_array_whose_baseline_stands_before_each_language():
    scores = score_table(SWEEP)
    assert scores.seeds == (1, 2)
    assert scores.langs == ("hi", "sw")  # the head was trained in English
    assert scores.sizes == (0, 100, 200)
    assert scores.intermediates == ("de", "zh")
    assert scores.budget == "epochs:3"
    assert scores.scores[1, 0, :, 1].tolist() == [52.0, 53.0, 54.0]


def test_source_languages_come_in_where_they_are_asked_for():
    assert score_table(SWEEP, unseen_only=False).langs == ("en", "hi", "sw")


def test_a_missing_cell_is_a_gap():
    scores = score_table(SWEEP[:-1])
    assert np.isnan(scores.scores).sum() == 1
    assert np.isnan(scores.scores[1, 1, 2, 1])


def test_sizes_of_a_language_are_those_it_has():
    other = [line(1, "hi", 300, 60.0, intermediate="fr"), line(1, "hi", 0, 51.0)]
    scores = score_table([*SWEEP, *other])
    assert scores.sizes_of("fr") == (0, 300)
    assert scores.sizes_of("de") == (0, 100, 200)
    with pytest.raises(ValueError, match=r"\('de', 'fr', 'zh'\), got 'xx'"):
        scores.sizes_of("xx")


def seeds_of_sizes(*counts):
    """Table of five seeds, of which the first ones have each size above 0."""
    scores = np.full((5, 2, 1 + len(counts), 1), 50.0)
    for place, count in enumerate(counts, start=1):
        scores[count:, :, place] = np.nan
    sizes = (0, *(100 * 2**place for place in range(len(counts))))
    return ScoreTable(
        scores=scores, seeds=(1, 2, 3, 4, 5), langs=("hi", "zh"), sizes=sizes, intermediates=("de",)
    )


@pytest.mark.parametrize(
    ("counts", "sparse"),
    [
        ((5, 5, 1), {400: 1}),
        ((5, 2, 3), {200: 2}),
        ((2, 2, 1), {}),
        ((3, 3, 3), {}),
        ((5, 0, 5), {}),
        # A seed that has begun takes no sizes from two that are complete.
        ((3, 2, 2, 2), {}),
        ((3, 2, 2, 3), {}),
    ],
)
def test_sizes_of_few_seeds_do_not_count_where_most_have_three(counts, sparse):
    scores = seeds_of_sizes(*counts)
    assert scores.sparse_sizes("de") == sparse
    assert scores.without_sparse_sizes().sizes_of("de") == tuple(
        size for size in scores.sizes_of("de") if size not in sparse
    )


def test_a_seed_that_lacks_one_target_language_is_not_complete():
    scores = seeds_of_sizes(5, 5, 5).scores.copy()
    scores[2:, 0, 1] = np.nan
    assert replace(seeds_of_sizes(5, 5, 5), scores=scores).sparse_sizes("de") == {100: 2}


def test_a_seed_without_a_baseline_is_not_complete():
    table = seeds_of_sizes(3, 2, 3)
    scores = table.scores.copy()
    scores[2, :, 0] = np.nan
    assert replace(table, scores=scores).sparse_sizes("de") == {}


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (
            line(1, "hi", 100, 99.0),
            "one score a cell, got 52.0 and 99.0 for udpos in hi, seed 1, 100 rows of de",
        ),
        (line(1, "hi", 100, 52.0, data_seed=2), "one data_seed for each seed, got 1 and 2 for seed 1"),
        (line(1, "hi", 100, 52.0, metric="f1"), "one metric"),
        (line(1, "hi", 100, 52.0, intermediate_task="xnli"), "one intermediate task"),
        (line(1, "hi", 100, 52.0, intermediate_budget="steps:9"), "one intermediate budget"),
        (line(1, "hi", 100, 52.0, backbone="other"), "one backbone"),
    ],
)
def test_what_is_no_table_is_refused(extra, message):
    with pytest.raises(ValueError, match=message):
        score_table([*SWEEP, extra])


def test_no_intermediate_rows_at_all_are_refused():
    with pytest.raises(ValueError, match="expected cells with intermediate rows, got none among 1 results"):
        score_table([line(1, "hi", 0, 50.0)])


def test_the_baseline_may_have_other_settings_of_the_intermediate_phase():
    baseline = [line(3, lang, 0, 50.0, intermediate_budget="epochs:9") for lang in ("hi", "sw")]
    assert score_table([*SWEEP, *baseline]).seeds == (1, 2, 3)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"seeds": (1, 1)}, "seeds: expected 2 different labels"),
        ({"langs": ("a",)}, "langs: expected 3 different labels"),
        ({"sizes": (200, 100)}, "sizes: expected ascending"),
        ({"sizes": (-1, 100)}, "sizes: expected ascending"),
    ],
)
def test_labels_must_fit(labels, message):
    with pytest.raises(ValueError, match=message):
        table(np.zeros((2, 3, 2, 1)), **labels)


def test_scores_cannot_be_changed_and_are_no_infinity():
    scores = table(np.zeros((2, 3, 2, 1)))
    with pytest.raises(ValueError, match="read-only"):
        scores.scores[0] = 1
    with pytest.raises(ValueError, match="infinity"):
        table(np.full((2, 3, 2, 1), np.inf))
    labels = {"seeds": (1, 2), "langs": ("a", "b", "c"), "sizes": (0,), "intermediates": ("en",)}
    with pytest.raises(ValueError, match=r"four axes .* got shape \(2, 3\)"):
        ScoreTable(scores=np.zeros((2, 3)), **labels)


def test_logits_straighten_the_end_of_the_scale():
    shares = np.array([0.5, 0.9, 0.99, 1.0]).reshape(1, 1, 4, 1)
    logits = table(100 * shares).logits()
    assert logits.scale == "logits"
    assert logits.scores.ravel()[:3] == pytest.approx(np.log([1, 9, 99]))
    assert logits.scores.ravel()[3] == pytest.approx(np.log(0.9995 / 0.0005))  # 100 is 99.95
    with pytest.raises(ValueError, match="expected 'points'"):
        logits.logits()
    with pytest.raises(ValueError, match=r"\[0, 100\], got -1\.00"):
        table(np.full((1, 1, 2, 1), -1.0)).logits()


def test_languages_are_selected_by_name():
    scores = table(np.arange(12.0).reshape(2, 3, 2, 1)).select(["l2", "l0"])
    assert scores.langs == ("l2", "l0")
    assert scores.scores[0, :, 0, 0].tolist() == [4.0, 0.0]
    with pytest.raises(ValueError, match="got \\['l9'\\]"):
        scores.select(["l9"])


def test_a_head_that_was_not_trained_has_no_source_language():
    sizes = (0, 100)
    lines = [
        result(
            lang=lang, seed=seed, train_rows=0, intermediate_rows=size,
            intermediate_task="xnli" if size else "", intermediate_lang="de" if size else "",
        )
        for seed in (1, 2)
        for lang in ("en", "de")
        for size in sizes
    ]  # fmt: skip
    assert score_table(lines).langs == ("en", "de")
    assert [line.is_source for line in (lines[0], result(lang="en"), result(lang="de"))] == [
        False,
        True,
        False,
    ]
