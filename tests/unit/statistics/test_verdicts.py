import numpy as np
import pytest

from xtl.statistics import (
    Claim,
    Rules,
    Scope,
    ScoreTable,
    Verdict,
    curvature_margin,
    holm,
    judge,
    resampled_variance,
)
from xtl.statistics.verdicts.plans import plan_for

SIZES = (0, 1000, 2000, 4000, 8000, 16000, 32000)
LANGS = tuple("abcdefghi")
SHAPES = {
    "rises": np.array([0.0, 2, 4, 6, 8, 10, 12]),
    "bends": np.array([0.0, 4, 7, 9, 10, 10.5, 10.7]),
    "falls": -np.array([0.0, 1, 2, 3, 4, 5, 6]),
    "nothing": np.zeros(7),
}


def table(shapes, *, seeds=5, langs=LANGS, noise=0.1, level=50.0, task="udpos", seed=0, budget="epochs:3"):
    """A sweep with a curve for each intermediate language, and little noise of each sort."""
    rng = np.random.default_rng(seed)
    shape = (seeds, len(langs), len(SIZES), len(shapes))
    scores = level + rng.normal(0, 5, (1, len(langs), 1, 1)) + np.stack([*shapes.values()], axis=-1)
    scores = scores + noise * (
        rng.normal(size=(seeds, 1, *shape[2:])) + rng.normal(size=(1, *shape[1:])) + rng.normal(size=shape)
    )
    scores[:, :, 0] = scores[:, :, 0, :1]  # one baseline
    return ScoreTable(
        scores=scores, seeds=tuple(range(seeds)), langs=langs, sizes=SIZES, intermediates=tuple(shapes),
        task=task, metric="f1", budget=budget,
    )  # fmt: skip


def verdicts(tables, *args, **settings):
    return {(finding.task, finding.lang): finding.points for finding in judge(tables, *args, **settings)}


def test_each_shape_has_its_verdict():
    shapes = {"de": SHAPES["rises"], "zh": SHAPES["bends"], "sw": SHAPES["falls"], "fr": SHAPES["nothing"]}
    readings = verdicts([table(shapes)])
    assert {lang: reading.verdict for (_, lang), reading in readings.items()} == {
        "de": Verdict.NOT_DIMINISHING,
        "zh": Verdict.DIMINISHING,
        "sw": Verdict.FALLS,
        "fr": Verdict.NO_EFFECT,
    }
    assert all(reading.plan is None and reading.against_english is None for reading in readings.values())


def test_a_curve_that_bends_upwards_is_of_undecided_shape():
    upwards = np.array([0.0, 0.2, 0.5, 1, 2, 5, 12])
    reading = verdicts([table({"de": upwards})])["udpos", "de"]
    assert reading.verdict is Verdict.SHAPE_UNDECIDED
    assert reading.evidence.bend.estimate.interval().low > 0
    assert reading.bends_upwards
    assert reading.plan is None  # there is nothing that more seeds would tell
    assert not verdicts([table({"de": SHAPES["bends"]})])["udpos", "de"].bends_upwards


def test_a_language_that_bends_more_than_english_levels_off_sooner():
    readings = verdicts([table({"de": SHAPES["bends"], "en": SHAPES["rises"], "fr": SHAPES["rises"]})])
    assert readings["udpos", "de"].against_english is Verdict.LEVELS_OFF_SOONER
    assert readings["udpos", "fr"].against_english is Verdict.UNDECIDED
    assert readings["udpos", "en"].against_english is None
    other = verdicts([table({"en": SHAPES["bends"], "fr": SHAPES["rises"]})])
    assert other["udpos", "fr"].against_english is Verdict.NOT_SOONER


def test_a_bend_that_the_ends_do_not_show_is_no_levelling_off():
    """Curvature below 0 with certainty, yet the last steps are larger than the first ones."""
    wave = np.array([-1.0, 0, 10, 0, 0, 10, 2])
    reading = verdicts([table({"de": wave, "en": SHAPES["nothing"]}, noise=0.02)])["udpos", "de"]
    assert reading.adjusted[Claim.BEND_UNLIKE_ENGLISH] < 0.001
    assert reading.evidence.bend_unlike_english.estimate.value < 0
    assert reading.evidence.late_unlike_english.estimate.value > 0
    assert reading.against_english is Verdict.UNDECIDED


def test_holm_takes_the_p_values_of_one_claim_over_tasks_and_languages():
    tables = [
        table({"de": 0.02 * SHAPES["rises"], "en": SHAPES["nothing"]}, task=task, noise=0.3, seed=index)
        for index, task in enumerate(("udpos", "panx", "xnli"))
    ]
    readings = list(verdicts(tables).values())
    for claim in Claim:
        members = [reading for reading in readings if claim in reading.p_values]
        assert len(members) == members[0].family[claim] == (3 if claim is Claim.BEND_UNLIKE_ENGLISH else 6)
        expected = holm([reading.p_values[claim] for reading in members])
        assert [reading.adjusted[claim] for reading in members] == pytest.approx(expected.tolist())


def test_the_verdict_follows_the_adjusted_p_value():
    rises = table({"de": 0.05 * SHAPES["rises"]}, noise=0.25, seeds=3, seed=2)
    alone = verdicts([rises])["udpos", "de"]
    assert 0.01 < alone.p_values[Claim.CHANGE] < 0.05
    assert alone.verdict is not Verdict.UNDECIDED
    many = [rises, *(table({"de": SHAPES["nothing"]}, noise=0.25, task=str(index)) for index in range(9))]
    among = verdicts(many)["udpos", "de"]
    assert among.p_values == alone.p_values
    assert among.adjusted[Claim.CHANGE] > 0.05
    assert among.verdict is Verdict.UNDECIDED


def test_a_plan_of_three_seeds_that_can_tell_nothing_says_how_many_would():
    noise = np.array([-1.2, 0.1, 1.1])[:, None, None, None] * np.linspace(0, 1, 7)[:, None]
    noisy = ScoreTable(
        scores=table({"de": 0.05 * SHAPES["rises"]}, seeds=3).scores + noise, seeds=(1, 2, 3), langs=LANGS,
        sizes=SIZES, intermediates=("de",), task="udpos",
    )  # fmt: skip
    reading = verdicts([noisy])["udpos", "de"]
    assert reading.verdict is Verdict.UNDECIDED
    assert 3 < reading.plan.seeds <= 1000
    assert reading.plan.minimum_detectable_effect > 0.5
    assert f"{reading.plan.seeds} seeds, {reading.plan.seeds - 3} more" in reading.plan.reason
    assert "3 seeds find" in reading.plan.reason


def test_where_languages_differ_too_much_more_of_them_are_asked_for():
    noisy = table({"de": 0.1 * SHAPES["rises"]}, seeds=3, noise=0.1)
    scores = noisy.scores.copy()
    scores[:, :, -1] += np.random.default_rng(0).normal(0, 8, (1, len(LANGS), 1))
    other = ScoreTable(
        scores=scores, seeds=noisy.seeds, langs=LANGS, sizes=SIZES, intermediates=("de",), task="udpos"
    )
    reading = verdicts([other])["udpos", "de"]
    assert (reading.verdict, reading.plan.seeds) == (Verdict.UNDECIDED, None)
    assert "needs more target languages" in reading.plan.reason


def test_one_seed_is_undecided_and_says_so():
    reading = verdicts([table({"de": SHAPES["rises"], "en": SHAPES["rises"]}, seeds=1)])["udpos", "de"]
    assert (reading.verdict, reading.against_english) == (Verdict.UNDECIDED, Verdict.UNDECIDED)
    assert (reading.plan.seeds, reading.plan.minimum_detectable_effect) == (None, None)
    assert any("one seed: no interval" in reason for reason in reading.reasons)
    assert reading.p_values == {}


def test_one_target_language_speaks_of_itself_alone():
    reading = verdicts([table({"de": SHAPES["rises"]}, langs=("hi",))])["udpos", "de"]
    assert reading.evidence.gain.estimate.scope is Scope.THESE_EXAMPLES
    assert reading.verdict is Verdict.NOT_DIMINISHING


def test_variances_of_examples_make_it_a_verdict_in_these_languages():
    seen = []

    def variance(score_table, contrast):
        seen.append((score_table.scale, contrast.name))
        return np.full(len(contrast.langs), 0.01)

    reading = verdicts([table({"de": SHAPES["rises"]})], example_variance=variance)["udpos", "de"]
    assert reading.evidence.gain.estimate.scope is Scope.THESE_LANGUAGES
    assert any("95 % interval in these languages (" in reason for reason in reading.reasons)
    assert ("points", "total gain of de") in seen
    assert ("logits", "curvature of de") in seen


def test_counts_of_examples_make_the_variance():
    """As the README does it: scores are accuracies of the counts themselves."""
    rng = np.random.default_rng(0)
    share = 0.5 + np.array([0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35])[:, None, None]
    right = {
        lang: (rng.random((4, 7, 1, 1, 400)) < share[..., None]).astype(float)[:, :, :, 0] for lang in "ab"
    }
    counts = {lang: np.stack([hits, np.ones_like(hits)], axis=-1) for lang, hits in right.items()}
    scores = np.stack([100 * right[lang].mean(-1) for lang in "ab"], axis=1)

    def accuracy(sums):
        return 100 * sums[..., 0] / sums[..., 1]

    def logit(percent):
        return np.log(percent / (100 - percent))

    def variance(score_table, contrast):
        w = contrast.weights
        rows = [score_table.seeds.index(seed) for seed in contrast.seeds]
        metric = accuracy if contrast.scale == "points" else lambda sums: logit(accuracy(sums))
        return [
            resampled_variance(counts[lang][rows][:, w != 0], metric, w[w != 0]) for lang in contrast.langs
        ]

    sweep = ScoreTable(
        scores=scores, seeds=(1, 2, 3, 4), langs=("a", "b"), sizes=SIZES, intermediates=("de",)
    )
    (finding,) = judge([sweep], example_variance=variance)
    gain = finding.points.evidence.gain
    cells = 1e4 * (0.5 * 0.5 + 0.85 * 0.15) / 400  # independent cells: of one seed, in one language
    assert gain.components.langs == pytest.approx(cells / 4, rel=0.2)  # mean of v
    assert finding.points.verdict in (Verdict.DIMINISHING, Verdict.SHAPE_UNDECIDED)
    assert finding.logits.evidence.gain.estimate.scope is Scope.THESE_LANGUAGES


def test_scores_near_100_bend_by_themselves_and_logits_do_not():
    rng = np.random.default_rng(0)
    logits = np.linspace(1, 4, 7) + rng.normal(0, 0.2, (1, 9, 1)) + rng.normal(0, 0.01, (5, 9, 7))
    straight, shares = table({"de": SHAPES["rises"]}), 100 / (1 + np.exp(-logits[..., None]))
    other = ScoreTable(
        scores=shares, seeds=straight.seeds, langs=LANGS, sizes=SIZES, intermediates=("de",), task="udpos"
    )
    (finding,) = judge([other])
    assert finding.points.verdict is Verdict.DIMINISHING
    assert finding.logits.verdict is Verdict.NOT_DIMINISHING
    assert finding.logits.evidence.table.scale == "logits"
    assert any("logits" in reason for reason in finding.logits.reasons)


def test_scores_that_may_be_negative_have_no_logit_reading():
    (finding,) = judge([table({"de": SHAPES["rises"]}, level=-5.0)])
    assert finding.logits is None
    assert finding.points.verdict is Verdict.NOT_DIMINISHING


def test_each_table_has_its_own_logits():
    tables = [
        table({"de": SHAPES["rises"]}, level=level, task=task)
        for task, level in (("sts", -9.0), ("udpos", 40.0), ("panx", 60.0))
    ]
    findings = judge(tables)
    assert findings[0].logits is None
    assert [finding.logits.evidence.table.task for finding in findings[1:]] == ["udpos", "panx"]


def test_few_sizes_leave_the_shape_open_and_say_why():
    full = table({"de": SHAPES["rises"]})
    few = ScoreTable(
        scores=full.scores[:, :, [0, 1, 6]], seeds=full.seeds, langs=LANGS, sizes=(0, 1000, 32000),
        intermediates=("de",), task="udpos",
    )  # fmt: skip
    reading = verdicts([few])["udpos", "de"]
    assert reading.verdict is Verdict.SHAPE_UNDECIDED
    assert any("curvature: sizes: expected at least 3 above 0" in reason for reason in reading.reasons)
    assert reading.plan.seeds is None
    assert reading.plan.reason.startswith("not computed (curvature: sizes: expected at least 3 above 0")


def test_what_never_varies_plans_nothing():
    flat = np.repeat(np.array([60.0, 61, 62, 63, 64, 65, 66])[None, None, :, None], 3, axis=0)
    same = ScoreTable(
        scores=np.repeat(flat, 4, axis=1), seeds=(1, 2, 3), langs=tuple("abcd"), sizes=SIZES,
        intermediates=("de",),
    )  # fmt: skip
    plan = plan_for(verdicts([same])["", "de"].evidence.bend, Rules(), alpha=0.05, quantity="a", unit="b")
    assert (plan.seeds, plan.minimum_detectable_effect) == (None, None)
    assert plan.reason.startswith("no seed and no language differs from another")


def test_no_baseline_no_gain_no_verdict():
    full = table({"de": SHAPES["rises"]})
    without = ScoreTable(
        scores=full.scores[:, :, 1:], seeds=full.seeds, langs=LANGS, sizes=SIZES[1:], intermediates=("de",)
    )
    reading = verdicts([without])["", "de"]
    assert reading.verdict is Verdict.UNDECIDED
    assert any("expected 0, the baseline" in reason for reason in reading.reasons)


def test_incomplete_seeds_are_named():
    scores = table({"de": SHAPES["rises"]})
    gapped = scores.scores.copy()
    gapped[3, 0, 3] = np.nan
    other = ScoreTable(
        scores=gapped, seeds=scores.seeds, langs=LANGS, sizes=SIZES, intermediates=("de",), task="udpos"
    )
    reading = verdicts([other])["udpos", "de"]
    assert "1 incomplete seed(s) do not count: (3,)" in reading.reasons
    assert (reading.evidence.gain.estimate.num_seeds, reading.evidence.bend.estimate.num_seeds) == (5, 4)


def test_scores_that_never_change_are_no_effect():
    same = ScoreTable(
        scores=np.full((3, 4, 7, 1), 33.3),
        seeds=(1, 2, 3),
        langs=tuple("abcd"),
        sizes=SIZES,
        intermediates=("de",),
    )
    reading = verdicts([same])["", "de"]
    assert reading.verdict is Verdict.NO_EFFECT
    assert any("did the seed reach the runs?" in reason for reason in reading.reasons)


def test_the_margin_is_the_bend_of_a_parabola():
    margin = curvature_margin(0.5, SIZES)
    x = np.linspace(0, 5, 101)
    assert np.abs(margin * (x**2 - 5 * x)).max() == pytest.approx(0.5)
    with pytest.raises(ValueError, match="at least 2"):
        curvature_margin(0.5, (0, 100))


def test_margins_decide():
    readings = {
        margin: verdicts([table({"de": 0.1 * SHAPES["rises"]})], Rules(margin=margin))["udpos", "de"].verdict
        for margin in (0.5, 3.0)
    }
    assert readings[3.0] is Verdict.NO_EFFECT
    assert readings[0.5] is not Verdict.NO_EFFECT
    (loose,) = judge([table({"de": SHAPES["rises"]}, noise=0.5)], Rules(curvature_margin=2.0))
    assert loose.points.verdict is Verdict.NOT_DIMINISHING
    assert loose.points.evidence.bend.margin == 2.0
    assert loose.logits.evidence.bend.margin == pytest.approx(2 / 25, rel=0.1)  # 100 p (1 - p) at 50 to 60


@pytest.mark.parametrize(
    "settings",
    [{"margin": 0}, {"curvature_margin": -1}, {"alpha": 5}, {"power": 1.0}, {"margin": float("nan")}],
)
def test_rules_that_decide_nothing_are_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        Rules(**settings)


def test_no_tables_no_findings():
    assert judge([]) == []
