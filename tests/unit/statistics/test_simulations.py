"""Simulated sweeps with known truth: how often intervals hold it, and how often a verdict is false.

2,000 runs have a standard error of 0.5 points at 95 % and at 5 %, and of 1 point at 70 %; 40,000, where a run
is an array's row, 0.1 points.
"""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from xtl.statistics import (
    Components,
    Rules,
    Scope,
    ScoreTable,
    Verdict,
    curvature,
    holm,
    minimum_detectable_effect,
    planned_error,
    planned_power,
    seeds_needed,
    total_gain,
)
from xtl.statistics.fits import compare
from xtl.statistics.variance import crossed_moments, fixed_moments
from xtl.statistics.verdicts.decisions import decide
from xtl.statistics.verdicts.evidence import gather

pytestmark = pytest.mark.slow

RUNS, MANY_RUNS = 2000, 40_000
ERROR = 0.012
"""Error of a simulated share near 5 or 95 %: two and a half standard errors."""
SIZES = (0, 1000, 2000, 4000, 8000, 16000, 32000)
X = np.array([0.0, *range(6)])
LANGS = tuple("abcdefghi")


def coverage(moments, truth=0.0, level=0.95):
    half = stats.t.ppf((1 + level) / 2, moments.df) * moments.se
    return float((np.abs(moments.mean - truth) <= half).mean())


def simulated_moments(parts, effect, num_seeds, num_langs, *, runs, seed):
    """Moments of tables that are drawn value by value."""
    rng = np.random.default_rng(seed)
    drawn = (
        effect
        + rng.normal(0, np.sqrt(parts.seeds), (runs, num_seeds, 1))
        + rng.normal(0, np.sqrt(parts.langs), (runs, 1, num_langs))
        + rng.normal(0, np.sqrt(parts.residual), (runs, num_seeds, num_langs))
    )
    if parts.scope is Scope.LANGUAGES:
        return crossed_moments(drawn)
    return fixed_moments(drawn, np.full(num_langs, parts.langs))


def equivalent(moments, margin, alpha=0.05):
    return margin - np.abs(moments.mean) > stats.t.ppf(1 - alpha, moments.df) * moments.se


@pytest.mark.parametrize(("num_langs", "num_seeds"), [*product((9, 15), (3, 5, 10))])
@pytest.mark.parametrize("sd", [(1, 0, 0.1), (0, 1, 0.1), (1, 1, 0.1), (0.5, 0.5, 0.5), (1, 0.3, 0.3)])
def test_intervals_in_languages_hold_the_truth_in_95_of_100(num_langs, num_seeds, sd):
    seeds, langs, residual = np.square(sd)
    parts = Components(seeds=seeds, langs=langs, residual=residual)
    moments = simulated_moments(parts, 1.5, num_seeds, num_langs, runs=MANY_RUNS, seed=7)
    least = 0.925 if num_seeds == 3 else 0.94  # least where seeds and languages vary as much as each other
    assert least <= coverage(moments, 1.5) <= 0.97


@pytest.mark.parametrize(("num_langs", "num_seeds"), [*product((9, 15), (3, 5, 10)), (3, 3), (3, 5), (3, 10)])
def test_where_the_interaction_alone_varies_or_languages_are_few_intervals_are_no_narrower(
    num_langs, num_seeds
):
    for sd in ((0, 0, 1), *(((1, 1, 0.1), (1, 0, 0.1), (0, 1, 0.1)) if num_langs == 3 else ())):
        seeds, langs, residual = np.square(sd)
        parts = Components(seeds=seeds, langs=langs, residual=residual)
        assert coverage(simulated_moments(parts, 0.0, num_seeds, num_langs, runs=MANY_RUNS, seed=8)) >= 0.93


@pytest.mark.parametrize(("num_seeds", "least"), [(3, 0.92), (5, 0.935), (10, 0.94)])
@pytest.mark.parametrize("sd", [(1, 0.1, 0.3), (0.3, 1, 0.3), (0.3, 0.3, 1), (1, 1, 1)])
def test_intervals_in_these_languages_hold_the_truth(num_seeds, least, sd):
    """The second number is the noise of a language's examples, which its seeds share."""
    seeds, examples, residual = np.square(sd)
    parts = Components(seeds=seeds, langs=examples, residual=residual, scope=Scope.THESE_LANGUAGES)
    moments = simulated_moments(parts, 0.0, num_seeds, 9, runs=MANY_RUNS, seed=9)
    assert least <= coverage(moments) <= 0.96


def test_resampling_gives_the_variance_that_intervals_in_these_languages_need():
    """Accuracies of shared examples, from counts alone: v by the formula that resampling estimates."""
    rng = np.random.default_rng(10)
    num_seeds, num_langs, num_examples = 5, 6, 300
    hard = rng.normal(0.8, 0.8, (RUNS, 1, num_langs, num_examples))
    right = hard + rng.normal(0, 0.3, (RUNS, num_seeds, 1, 1)) + rng.normal(0, 0.5, hard.shape) > 0
    values = 100 * right.mean(-1)
    v = 1e4 * right.mean(1).var(-1) / num_examples  # of the mean over seeds, by resampling of examples
    truth = values.mean()
    covered = [coverage(fixed_moments(values[index], v[index]), truth) for index in range(RUNS)]
    assert 0.92 <= np.mean(covered) <= 0.97


@pytest.mark.parametrize("num_seeds", [3, 5, 10])
@pytest.mark.parametrize("variances", [(0.09, 0.09, 0.09), (0.25, 0.02, 0.1), (0.02, 0.5, 0.1)])
def test_false_claims_of_an_effect_and_of_none_come_in_5_of_100_at_most(num_seeds, variances):
    parts = Components(seeds=variances[0], langs=variances[1], residual=variances[2])
    nothing = simulated_moments(parts, 0.0, num_seeds, 9, runs=MANY_RUNS, seed=11)
    assert 1 - coverage(nothing) <= 0.06
    grows = nothing.mean > stats.t.ppf(0.975, nothing.df) * nothing.se
    assert grows.mean() <= 0.03
    margin = 3.2 * float(planned_error(parts, num_seeds, 9)[0])
    at_margin = simulated_moments(parts, margin, num_seeds, 9, runs=MANY_RUNS, seed=12)
    assert 0.04 <= equivalent(at_margin, margin).mean() <= 0.052


def test_power_of_equivalence_is_small_with_three_seeds():
    parts = Components(seeds=0.09, langs=0.09, residual=0.09)
    power = [
        equivalent(simulated_moments(parts, 0.0, num_seeds, 9, runs=MANY_RUNS, seed=13), 0.5).mean()
        for num_seeds in (3, 5, 10)
    ]
    assert power == pytest.approx([0.36, 0.66, 0.91], abs=0.01)


def sweeps(curve, num_seeds, *, noise=(0.3, 0.3, 0.3), runs=RUNS, seed=0):
    """Scores of shape (runs, seeds, languages, sizes); each cell has noise of seeds, languages and both."""
    rng = np.random.default_rng(seed)
    shape = (runs, num_seeds, len(LANGS), len(SIZES))
    return (
        60
        + curve
        + rng.normal(0, 5, (runs, 1, len(LANGS), 1))
        + noise[0] * rng.normal(size=(runs, num_seeds, 1, len(SIZES)))
        + noise[1] * rng.normal(size=(runs, 1, *shape[2:]))
        + noise[2] * rng.normal(size=shape)
    )


def parts_of(weights, noise=(0.3, 0.3, 0.3)):
    """True variance components of a contrast of :func:`sweeps`."""
    seeds, langs, residual = (float(sd**2 * (weights**2).sum()) for sd in noise)
    return Components(seeds=seeds, langs=langs, residual=residual)


def verdict_shares(scores, rules):
    verdicts = []
    for run in scores:
        table = ScoreTable(
            scores=run[..., None],
            seeds=tuple(range(len(run))),
            langs=LANGS,
            sizes=SIZES,
            intermediates=("de",),
        )
        evidence = gather(table, "de", rules)
        verdicts.append(decide(evidence, evidence.p_values(), rules.alpha))
    return {verdict: verdicts.count(verdict) / len(verdicts) for verdict in Verdict}


def test_six_sizes_of_a_straight_line_are_found_to_bend_in_5_of_100():
    for num_seeds in (3, 5, 10):
        values = sweeps(0.8 * X, num_seeds, seed=20) @ curvature(SIZES)
        assert 1 - coverage(crossed_moments(values)) == pytest.approx(0.05, abs=ERROR)


@pytest.mark.parametrize("num_seeds", [3, 5, 10])
def test_verdicts_come_with_the_power_that_was_planned(num_seeds):
    """By formula from 10 seeds on, by simulated plans below; each verdict within five points."""
    gain, bend = parts_of(total_gain(SIZES)), parts_of(curvature(SIZES))
    effect = minimum_detectable_effect(bend, num_seeds, 9, power=0.7)
    bent = 3.0 * X - effect * (X - 2.5) ** 2
    bent[0] = bent[1] - 9  # the baseline lies far below: every run grows
    shares = verdict_shares(sweeps(bent, num_seeds, seed=21), Rules(curvature_margin=1e-6))
    expected = planned_power(bend, effect, num_seeds, 9)
    assert shares[Verdict.DIMINISHING] == pytest.approx(expected, abs=0.05)
    assert shares[Verdict.FALLS] == shares[Verdict.UNDECIDED] == 0

    margin = 3.2 * float(planned_error(bend, num_seeds, 9)[0])
    straight = 3.0 * X
    straight[0] = -9
    shares = verdict_shares(sweeps(straight, num_seeds, seed=22), Rules(curvature_margin=margin))
    expected = planned_power(bend, 0.0, num_seeds, 9, margin=margin)
    assert shares[Verdict.NOT_DIMINISHING] == pytest.approx(expected, abs=0.05)
    assert shares[Verdict.DIMINISHING] <= 0.025 + ERROR

    loss = minimum_detectable_effect(gain, num_seeds, 9, power=0.7)
    shares = verdict_shares(sweeps(-loss * (X > 4), num_seeds, seed=23), Rules(margin=1e-6))
    assert shares[Verdict.FALLS] == pytest.approx(planned_power(gain, loss, num_seeds, 9), abs=0.05)


@pytest.mark.parametrize(
    ("num_seeds", "num_langs"), [(3, 3), (3, 9), (9, 3), (10, 3), (20, 5), (40, 2), (10, 12)]
)
@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("sd", [(0.22, 0.7, 0.32), (0.7, 0.2, 0.3), (0.1, 0.1, 1.0)])
def test_plans_have_the_power_of_tables_that_are_drawn(num_seeds, num_langs, scope, sd):
    seeds, langs, residual = np.square(sd)
    parts = Components(seeds=seeds, langs=langs, residual=residual, scope=scope)
    effect = minimum_detectable_effect(parts, num_seeds, num_langs, alpha=0.01, power=0.7)
    for truth, margin in ((effect, None), (0.0, 1.5 * effect)):
        moments = simulated_moments(parts, truth, num_seeds, num_langs, runs=MANY_RUNS, seed=30)
        if margin is None:
            found = moments.mean > stats.t.ppf(0.995, moments.df) * moments.se
        else:
            found = equivalent(moments, margin, alpha=0.01)
        planned = planned_power(parts, truth, num_seeds, num_langs, margin=margin, alpha=0.01)
        assert planned == pytest.approx(found.mean(), abs=0.05), (truth, margin)


@pytest.mark.parametrize("num_seeds", [3, 10])
def test_false_verdicts_are_rare(num_seeds):
    shares = verdict_shares(sweeps(0 * X, num_seeds, seed=24), Rules())
    grows = shares[Verdict.DIMINISHING] + shares[Verdict.NOT_DIMINISHING] + shares[Verdict.SHAPE_UNDECIDED]
    assert grows <= 0.05
    assert shares[Verdict.FALLS] <= 0.05
    at_margin = verdict_shares(sweeps(0.5 * (X > 4), num_seeds, seed=25), Rules(margin=0.5))
    assert at_margin[Verdict.NO_EFFECT] <= 0.05 + ERROR


def test_holm_keeps_the_rate_of_a_family_of_tasks_and_languages():
    """Twelve verdicts without any effect: a false one among them in 5 of 100; one by one, in more."""
    parts, family = Components(seeds=0.09, langs=0.09, residual=0.09), 12
    moments = simulated_moments(parts, 0.0, 5, 9, runs=RUNS * family, seed=26)
    p = 2 * stats.t.sf(np.abs(moments.mean) / moments.se, moments.df).reshape(RUNS, family)
    any_false = np.mean([(holm(row) <= 0.05).any() for row in p])
    assert any_false <= 0.05 + ERROR
    assert (p <= 0.05).any(axis=1).mean() > 0.35


def test_holm_keeps_the_rate_where_half_of_the_family_has_an_effect():
    parts, family = Components(seeds=0.09, langs=0.09, residual=0.09), 12
    moments = simulated_moments(parts, 0.0, 5, 9, runs=RUNS * family, seed=27)
    shifted = moments.mean.reshape(RUNS, family) + np.repeat([0.0, 2.0], family // 2)
    t = np.abs(shifted) / moments.se.reshape(RUNS, family)
    p = 2 * stats.t.sf(t, moments.df.reshape(RUNS, family))
    claims = np.array([holm(row) <= 0.05 for row in p])
    assert claims[:, : family // 2].any(axis=1).mean() <= 0.05 + ERROR
    assert claims[:, family // 2 :].mean() > 0.9


def test_the_seeds_that_an_undecided_study_asks_for_are_enough():
    """Components estimated from ten seeds, as a pilot; the plan's power is that of the new study."""
    parts = Components(seeds=0.3, langs=0.05, residual=0.2)
    need = seeds_needed(parts, 0.8, 9)
    assert need.num_seeds is not None
    moments = simulated_moments(parts, 0.8, need.num_seeds, 9, runs=MANY_RUNS, seed=28)
    hits = moments.mean > stats.t.ppf(0.975, moments.df) * moments.se
    assert hits.mean() == pytest.approx(0.85, abs=0.08)  # the smallest number that reaches 80 %
    assert hits.mean() >= 0.77


def test_a_constant_is_kept_and_a_power_law_of_much_noise_is_not_told_from_others():
    rng, x = np.random.default_rng(29), 100 * 2.0 ** np.arange(6)
    runs = 150  # a fit of all forms takes a twentieth of a second
    kept = [compare(x, 60 + rng.normal(0, 0.8, (3, 6))).best.form.name for _ in range(runs)]
    assert kept.count("const") / runs >= 0.82
    lines = [
        compare(x, 60 + 1.5 * np.log2(x) + rng.normal(0, 0.8, (3, 6))).best.form.name for _ in range(runs)
    ]
    assert lines.count("const") == 0
    assert lines.count("log2") / runs >= 0.8
