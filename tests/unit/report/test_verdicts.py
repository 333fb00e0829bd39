"""Verdicts of made-up sweeps whose truth is known."""

import json
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from tests.helpers.factories import result, table_words
from xtl.report import judge_sweep, sentence, verdict_record, verdict_table
from xtl.report.analysis.english import english_curves
from xtl.report.analysis.panels import panels
from xtl.statistics import Rules, Verdict
from xtl.statistics.verdicts.evidence import Claim, curvature_margin

LANGS = ("de", "es", "fr", "hi", "ru", "sw", "tr", "zh", "ar")
SIZES = (100, 200, 400, 800, 1600, 3200)
SEEDS = (1, 2, 3, 4, 5)


def sweep(curve_of, *, seeds=SEEDS, sizes=SIZES, noise=0.3, baseline=True, **changed):
    """Results of a sweep: the baseline at 60, and the gain that a curve of each language gives."""
    rng = np.random.default_rng(7)
    lines = []
    for seed in seeds:
        for lang in ("en", *LANGS):
            level = 60 + 3 * LANGS.index(lang) if lang in LANGS else 95.0

            def line(value, lang=lang, seed=seed, **fields):
                metric = {"metric": "accuracy", "value": float(value), "lang": lang, "seed": seed}
                return result(**metric, **changed, **fields)

            if baseline:
                lines.append(line(level + rng.normal(0, noise)))
            for intermediate, curve in curve_of.items():
                lines += [
                    line(
                        level + curve(size) + rng.normal(0, noise),
                        intermediate_task="xnli", intermediate_lang=intermediate, intermediate_rows=size,
                        intermediate_budget="epochs:3",
                    )
                    for size in sizes
                ]  # fmt: skip
    return lines


def doublings(size):
    return np.log2(size / SIZES[0])


def verdicts(lines, rules=Rules(margin=0.5)):  # noqa: B008
    return {j.finding.lang: j.finding.points.verdict for j in judge_sweep(lines, rules).judgements}


def test_each_truth_is_found():
    found = verdicts(
        sweep(
            {
                "en": lambda size: 1 + 1.0 * doublings(size),
                "de": lambda size: 6 * (1 - 0.4 ** (doublings(size) + 1)),
                "sw": lambda size: -1.0 * doublings(size) - 1,
                "zh": lambda size: 0.0,
            }
        )
    )
    assert found == {
        "en": Verdict.NOT_DIMINISHING,
        "de": Verdict.DIMINISHING,
        "sw": Verdict.FALLS,
        "zh": Verdict.NO_EFFECT,
    }


def test_words_and_numbers_say_the_same():
    lines = sweep({"en": doublings, "de": lambda size: 4 * (1 - 0.3 ** (doublings(size) + 1))})
    judged = judge_sweep(lines, Rules())
    texts = {judgement.finding.lang: sentence(judgement) for judgement in judged.judgements}
    assert texts["de"].startswith(
        "udpos after xnli in de (epochs:3): grows, diminishing (gain at 3,200 rows +"
    )
    assert "levels off sooner than English" in texts["de"]
    record = json.loads(json.dumps(verdict_record(judged, notes=["a note"])))  # plain values only
    german = next(finding for finding in record["findings"] if finding["lang"] == "de")
    assert german["sentence"] == texts["de"]
    assert german["points"]["verdict"] == "grows, diminishing"
    gain = german["points"]["gain"]
    assert gain["low"] < gain["value"] < gain["high"]
    assert (gain["langs"], gain["seeds"], gain["sizes"]) == (list(LANGS), list(SEEDS), [0, 3200])
    assert record["notes"] == ["a note"]
    table = verdict_table(judged.judgements)
    assert any("grows, diminishing" in " ".join(row) for row in table_words(table))


def test_a_verdict_says_which_budget_it_is_for():
    lines = sweep({"de": doublings})
    (epochs,) = judge_sweep(lines, Rules()).judgements
    steps = replace(epochs, finding=replace(epochs.finding, budget="steps:100"))
    older = replace(epochs, finding=replace(epochs.finding, budget=""))
    assert sentence(epochs).startswith("udpos after xnli in de (epochs:3): grows")
    assert sentence(older).startswith("udpos after xnli in de: grows")
    assert str(verdict_table([epochs]).title) == "after xnli, epochs:3"
    assert str(verdict_table([older]).title) == "after xnli"
    both = verdict_table([epochs, steps])
    assert str(both.title) == "after xnli"
    assert [str(column.header) for column in both.columns][:3] == ["target", "lang", "budget"]
    assert [row[2] for row in table_words(both)[-2:]] == ["epochs:3", "steps:100"]
    other = replace(steps, intermediate="stsb")
    assert [str(column.header) for column in verdict_table([epochs, other]).columns][:4] == [
        "target", "after", "lang", "budget",
    ]  # fmt: skip


@pytest.mark.parametrize("width", [60, 70, 76, 80, 90, 100])
@pytest.mark.parametrize("target", ["udpos", "pocket_pos", "pocket_paraphrase"])
def test_no_verdict_is_cut_off_on_a_narrow_terminal(target, width):
    lines = [replace(line, task=target) for line in sweep({"en": doublings, "zh": lambda size: 0.0})]
    table = verdict_table(judge_sweep(lines, Rules()).judgements)
    console = Console(width=width, file=StringIO())
    console.print(table)
    shown = console.file.getvalue()
    for words in (target, "not diminishing", "no effect"):
        assert words in shown


def test_three_sizes_are_enough_to_level_off_sooner_than_english():
    curves = {"en": doublings, "de": lambda size: 4 * (1 - 0.3 ** (doublings(size) + 1))}
    judged = judge_sweep(sweep(curves, sizes=(100, 400, 1600), noise=0.1), Rules())
    texts = {judgement.finding.lang: sentence(judgement) for judgement in judged.judgements}
    assert "levels off sooner than English" in texts["de"]


def test_a_curve_that_falls_does_not_level_off():
    curves = {"en": lambda size: -0.2 * doublings(size), "de": lambda size: -1 - 0.5 * doublings(size) ** 2}
    judged = judge_sweep(sweep(curves, noise=0.05), Rules())
    texts = {judgement.finding.lang: sentence(judgement) for judgement in judged.judgements}
    assert "falls" in texts["de"]
    assert "; its curve bends more downwards than English's" in texts["de"]
    assert "levels off" not in texts["de"]
    german, _ = verdict_record(judged)["findings"]
    assert german["points"]["against_english"] == "bends more downwards than English's"
    upwards = judge_sweep(sweep({"de": lambda size: -0.2 * 2 ** (5 - doublings(size))}), Rules())
    assert "each doubling brings" not in sentence(upwards.judgements[0])


@pytest.mark.parametrize(("bend", "kind"), [(0.2, Verdict.BENDS_MORE), (0.8, Verdict.BENDS_LESS)])
def test_a_curve_that_accelerates_does_not_level_off(bend, kind):
    curves = {
        "en": lambda size: 1 + 0.5 * doublings(size) ** 2,
        "de": lambda size: 1 + bend * doublings(size) ** 2,
    }
    judged = judge_sweep(sweep(curves), Rules())
    german = next(judgement for judgement in judged.judgements if judgement.finding.lang == "de")
    assert german.finding.points.against_english is kind
    assert f"; its curve {kind}; its curve bends upwards" in sentence(german)
    assert "level" not in sentence(german).replace("at level 0", "")
    record = next(entry for entry in verdict_record(judged)["findings"] if entry["lang"] == "de")
    assert record["points"]["against_english"] == str(kind)


def test_whether_a_curve_that_accelerates_bends_as_english_is_the_open_question():
    curves = dict.fromkeys(("en", "de"), lambda size: 1 + 0.5 * doublings(size) ** 2)
    texts = [sentence(judgement) for judgement in judge_sweep(sweep(curves), Rules()).judgements]
    assert "; whether its curve bends as English's does is undecided" in texts[0]


def test_a_curve_that_bends_upwards_says_so():
    judged = judge_sweep(sweep({"de": lambda size: 0.2 * 2 ** doublings(size)}), Rules())
    (judgement,) = judged.judgements
    assert "bends upwards" in sentence(judgement)
    assert verdict_record(judged)["findings"][0]["points"]["bends_upwards"]


def test_seeds_that_do_not_differ_are_told():
    first = sweep({"de": doublings}, seeds=(1,))
    same = [replace(line, run=replace(line.run, seed=seed)) for line in first for seed in (1, 2, 3)]
    (judgement,) = judge_sweep(same, Rules()).judgements
    assert "did the seed reach the runs?" in sentence(judgement)
    (judgement,) = judge_sweep(sweep({"de": doublings}), Rules()).judgements
    assert "did the seed reach the runs?" not in sentence(judgement)


def test_the_source_language_and_other_metrics_do_not_count():
    lines = sweep({"de": doublings})
    others = [result(metric="f1", value=0.0, lang=line.lang, seed=line.run.seed) for line in lines]
    assert verdicts([*lines, *others]) == verdicts(lines)
    (judgement,) = judge_sweep(lines, Rules()).judgements
    assert "en" not in judgement.finding.points.evidence.table.langs


def test_one_seed_is_undecided_and_says_so():
    judged = judge_sweep(sweep({"de": doublings}, seeds=(1,)), Rules())
    (judgement,) = judged.judgements
    assert judgement.finding.points.verdict is Verdict.UNDECIDED
    assert "no interval from one seed" in sentence(judgement)
    assert "one seed tells nothing of seeds" in sentence(judgement)


def without(lines, seeds, *sizes):
    """Results without German phases of some sizes in some seeds."""
    return [
        line
        for line in lines
        if not (
            line.run.trained_intermediate.lang == "de"
            and line.run.intermediate.rows in sizes
            and line.run.seed in seeds
        )
    ]


@pytest.mark.parametrize("size", [400, 3200])
def test_a_stray_cell_does_not_take_the_verdict_away(size):
    whole = sweep({"de": doublings, "en": doublings})
    without_size, stray = without(whole, SEEDS, size), without(whole, SEEDS[1:], size)
    assert verdicts(stray) == verdicts(without_size)
    (german, _), (expected, _) = (judge_sweep(lines, Rules()).judgements for lines in (stray, without_size))
    assert german.rows == expected.rows == (1600 if size == 3200 else 3200)
    assert german.finding.points.evidence.gain.estimate == expected.finding.points.evidence.gain.estimate
    assert f"; {size:,} rows do not count: 1 of 5 seeds is complete" in sentence(german)
    assert f"gain at {german.rows:,} rows" in sentence(german)
    assert "do not count" not in sentence(expected)


def test_seeds_that_lack_a_cell_are_counted_in_sentence_table_and_plan():
    whole = sweep({"de": doublings}, seeds=(1, 2))
    (judgement,) = judge_sweep(without(whole, (2,), 3200), Rules()).judgements
    words = sentence(judgement)
    assert "no interval: 1 of 2 seeds is complete" in words
    assert words.endswith("1 of 2 seeds is complete, and one seed tells nothing of seeds: three at least")
    assert any("1 of 2" in " ".join(row) for row in table_words(verdict_table([judgement])))
    (judgement,) = judge_sweep(without(sweep({"de": doublings}), (2,), 3200), Rules()).judgements
    assert "; 4 of 5 seeds are complete" in sentence(judgement)
    assert any("4 of 5" in " ".join(row) for row in table_words(verdict_table([judgement])))


def test_three_noisy_seeds_say_how_many_more():
    judged = judge_sweep(sweep({"de": lambda size: 0.3}, seeds=(1, 2, 3), noise=3.0), Rules())
    (judgement,) = judged.judgements
    assert judgement.finding.points.verdict is Verdict.UNDECIDED
    assert judgement.finding.points.plan.reason in sentence(judgement)


def test_one_size_has_a_gain_but_no_shape():
    judged = judge_sweep(sweep({"de": lambda size: 5.0}, sizes=(100,)), Rules())
    (judgement,) = judged.judgements
    assert judgement.finding.points.verdict is Verdict.SHAPE_UNDECIDED


def test_without_a_baseline_there_is_no_gain_and_the_reason_is_told():
    judged = judge_sweep(sweep({"de": doublings}, baseline=False), Rules())
    (judgement,) = judged.judgements
    assert judgement.finding.points.verdict is Verdict.UNDECIDED
    assert "expected 0, the baseline" in sentence(judgement)


@pytest.mark.parametrize("changed", [{"recipe": "hu2020"}, {"device": "cuda"}, {"backbone": "xlmr_base"}])
def test_cells_of_other_settings_are_a_curve_of_their_own(changed):
    falling = sweep({"de": lambda size: -doublings(size) - 1}, **changed)
    judged = judge_sweep([*sweep({"de": doublings}), *falling], Rules())
    assert [j.finding.points.verdict for j in judged.judgements] == [Verdict.NOT_DIMINISHING, Verdict.FALLS]


def test_two_different_scores_of_one_cell_are_told_and_the_rest_is_judged():
    lines = sweep({"de": doublings})
    twice = sweep({"en": doublings}, recipe="hu2020")
    other = next(line for line in twice if line.lang == "de" and line.run.intermediate.rows)
    conflict = result(
        value=1.0, lang="de", seed=other.run.seed, recipe="hu2020", intermediate_task="xnli",
        intermediate_lang="en", intermediate_rows=other.run.intermediate.rows, intermediate_budget="epochs:3",
    )  # fmt: skip
    judged = judge_sweep([*lines, *twice, conflict], Rules())
    assert [j.finding.lang for j in judged.judgements] == ["de"]
    (problem,) = judged.problems
    assert "expected one score a cell" in problem


def with_validation(lines, validation_of, at_chance=lambda run: False):
    """Results with the target's validation score that a function of the run gives."""
    changed = []
    for line in lines:
        *before, target = line.run.phases
        target = replace(target, metric="accuracy", validation=validation_of(line.run))
        before = [replace(phase, at_chance=at_chance(line.run)) for phase in before]
        changed.append(replace(line, run=replace(line.run, phases=(*before, target))))
    return changed


def test_data_that_damaged_the_encoder_get_no_verdict_and_the_others_do():
    lines = with_validation(
        sweep({"de": lambda size: -doublings(size) - 1, "sw": doublings}),
        lambda run: 90.0 - 2.0 * (run.intermediate.lang == "de" and run.intermediate.rows == 3200),
    )
    judged = judge_sweep(lines, Rules(margin=0.5))
    assert {j.finding.lang: j.finding.points.verdict for j in judged.judgements} == {
        "sw": Verdict.NOT_DIMINISHING
    }
    (damaged,) = judged.damaged
    assert (damaged.target, damaged.intermediate, damaged.lang) == ("udpos", "xnli", "de")
    (problem,) = judged.problems
    assert problem.startswith(
        "udpos after xnli in de (epochs:3): encoder damaged: the effect is the recipe's"
    )
    assert "-2.0 (-2.0 to -2.0) at 3,200 rows" in problem
    record = json.loads(json.dumps(verdict_record(judged)))
    assert record["not_judged"] == [problem]
    (entry,) = record["encoder_damaged"]
    assert entry["sentence"] == problem
    assert [(change["rows"], change["change"], change["damaged"]) for change in entry["changes"]] == [
        (size, -2.0 * (size == 3200), size == 3200) for size in SIZES
    ]
    assert entry["changes"][-1]["by_seed"] == {str(seed): -2.0 for seed in SEEDS}


def test_where_english_is_damaged_nothing_is_compared_with_it_and_that_is_told():
    lines = with_validation(
        sweep({"en": doublings, "de": lambda size: doublings(size) / 2}),
        lambda run: 90.0 - 5.0 * (run.intermediate.lang == "en" and run.intermediate.rows == 3200),
    )
    judged = judge_sweep(lines, Rules())
    assert [damage.lang for damage in judged.damaged] == ["en"]
    assert [judgement.finding.lang for judgement in judged.judgements] == ["de"]
    (note,) = judged.notes
    assert note == "udpos after xnli: en itself has harmed the encoder, so no language is compared with it"
    drawn = panels(lines)
    assert len(english_curves(drawn, english="en")) == 1
    assert english_curves(drawn, english="en", damaged=judged.damaged) == ()


def test_a_fall_of_one_seed_keeps_the_verdict_and_is_noted():
    lines = with_validation(
        sweep({"de": doublings}), lambda run: 90.0 - 4.0 * (run.intermediate.rows == 100 and run.seed == 1)
    )
    judged = judge_sweep(lines, Rules(margin=0.5))
    assert judged.damaged == judged.problems == ()
    assert verdicts(lines) == verdicts(sweep({"de": doublings}))
    (note,) = judged.notes
    assert note == (
        "udpos after xnli in de (epochs:3): source validation -0.8 (-3.0 to +1.4) at 100 rows, by seed "
        "-4.0, +0.0, +0.0, +0.0, +0.0 (accuracy in en, margin 0.5): may be noise; look at "
        "intermediate.recipe.lr"
    )
    assert verdict_record(judged)["notes"] == [note]
    assert judge_sweep(lines, Rules(margin=1.0)).notes == ()


def test_a_sweep_of_damaged_encoders_alone_has_no_verdict():
    lines = with_validation(sweep({"de": doublings}), lambda run: 90.0 - bool(run.intermediate.rows))
    judged = judge_sweep(lines, Rules(margin=0.5))
    assert judged.judgements == ()
    assert len(judged.damaged) == len(judged.problems) == 1


def test_older_results_know_of_no_damage():
    lines = with_validation(sweep({"de": doublings}), lambda run: None)
    assert verdicts(lines) == verdicts(sweep({"de": doublings}))


def test_verdicts_with_and_without_phases_at_chance():
    """Phases of the largest size learned nothing; without them the curve grows."""
    lines = with_validation(
        sweep({"de": lambda size: 0.0 if size == 3200 else 2 + doublings(size), "sw": doublings}),
        lambda run: 90.0,
        lambda run: (run.intermediate.lang, run.intermediate.rows) == ("de", 3200),
    )
    german, swahili = judge_sweep(lines, Rules(margin=0.5)).judgements
    assert german.at_chance == (3200,)
    assert german.finding.points.verdict is Verdict.NO_EFFECT
    assert german.without_chance.points.verdict is Verdict.NOT_DIMINISHING
    phases = "without the intermediate phases that stayed at chance (at 3,200 rows)"
    assert f"grows, not diminishing (gain at 1,600 rows) {phases}" in sentence(german)
    assert (swahili.at_chance, swahili.without_chance) == ((), None)
    assert "chance" not in sentence(swahili)
    record = json.loads(json.dumps(verdict_record(judge_sweep(lines, Rules(margin=0.5)))))
    first, second = record["findings"]
    assert (first["points"]["verdict"], first["sizes_at_chance"]) == ("no effect", [3200])
    assert first["without_phases_at_chance"]["verdict"] == "grows, not diminishing"
    assert (second["sizes_at_chance"], second["without_phases_at_chance"]) == ([], None)


def test_a_verdict_that_stays_the_same_without_phases_at_chance_says_so():
    lines = with_validation(
        sweep({"de": lambda size: 1 + doublings(size)}),
        lambda run: 90.0,
        lambda run: run.intermediate.rows == 100,
    )
    (judgement,) = judge_sweep(lines, Rules(margin=0.5)).judgements
    assert "the same without the intermediate phases that stayed at chance (at 100 rows)" in sentence(
        judgement
    )


def test_a_sweep_of_phases_at_chance_alone_has_nothing_without_them():
    lines = with_validation(sweep({"de": doublings}), lambda run: 90.0, lambda run: True)
    (judgement,) = judge_sweep(lines, Rules(margin=0.5)).judgements
    assert judgement.without_chance is None
    assert "no verdict is possible without the intermediate phases" in sentence(judgement)


def test_the_source_language_alone_shows_damage_and_that_it_gives_no_verdict():
    lines = with_validation(
        sweep({"de": lambda size: -doublings(size) - 1, "sw": doublings}),
        lambda run: 90.0 - 2.0 * (run.intermediate.lang == "de"),
    )
    judged = judge_sweep([line for line in lines if line.lang == "en"], Rules(margin=0.5))
    assert [damage.lang for damage in judged.damaged] == ["de"]
    assert judged.judgements == ()
    damaged, source_only = judged.problems
    assert "encoder damaged" in damaged
    assert source_only == (
        "udpos after xnli epochs:3: scored in no language but those that the head was trained in"
    )


def test_equal_scores_are_no_curve_whatever_rounding_leaves_of_them():
    level = {"en": 95.0} | {lang: 60.123 + 3.7 * place for place, lang in enumerate(LANGS)}
    lines = [
        replace(line, value=level[line.lang])
        for line in sweep(
            dict.fromkeys(("en", "de", "zh"), doublings), sizes=(180, 719, 2874), seeds=(1, 2, 3)
        )
    ]
    for judgement in judge_sweep(lines, Rules()).judgements:
        for reading in (judgement.finding.points, judgement.finding.logits):
            assert reading.verdict is Verdict.NO_EFFECT
            assert reading.against_english in (None, Verdict.UNDECIDED)
            assert not reading.bends_upwards
            assert reading.p_values[Claim.BEND] == 1


def test_a_curve_that_bends_less_than_that_of_english_does_not_level_off_sooner():
    lines = sweep({"en": lambda size: 6 * (1 - 50 / size), "de": doublings}, noise=0.1)
    (german,) = (j for j in judge_sweep(lines, Rules()).judgements if j.finding.lang == "de")
    assert german.finding.points.against_english is Verdict.NOT_SOONER
    assert german.finding.points.plan_against_english is None
    assert "; does not level off sooner than English" in sentence(german)


def test_english_phases_at_chance_are_told_where_a_language_is_compared_with_english():
    lines = with_validation(
        sweep({"en": lambda size: 2 * max(0.0, doublings(size) - 1), "de": doublings}, noise=0.1),
        lambda run: 90.0,
        at_chance=lambda run: run.intermediate.lang == "en" and run.intermediate.rows <= 800,
    )
    judgements = {j.finding.lang: j for j in judge_sweep(lines, Rules()).judgements}
    german = judgements["de"]
    assert (german.at_chance, german.english_at_chance) == ((), (100, 200, 400, 800))
    assert german.finding.points.against_english is Verdict.LEVELS_OFF_SOONER
    assert german.without_chance.points.against_english in (None, Verdict.UNDECIDED)
    assert sentence(german).endswith(
        "whether it levels off sooner than English is undecided without the intermediate phases that "
        "stayed at chance (at 100, 200, 400, 800 of English)"
    )
    record = verdict_record(judge_sweep(lines, Rules()))
    assert [entry["english_sizes_at_chance"] for entry in record["findings"] if entry["lang"] == "de"] == [
        [100, 200, 400, 800]
    ]


@pytest.mark.parametrize(
    ("english", "german", "reason"),
    [
        ({"seeds": (1, 2, 3)}, {"seeds": (4, 5, 6)}, "no seed has all cells of both"),
        ({"sizes": (100, 400, 1600)}, {"sizes": (200, 800, 3200)}, "fewer than three sizes in common"),
        ({"sizes": (100, 400)}, {"sizes": (100, 400)}, "fewer than three sizes in common"),
    ],
)
def test_a_language_that_cannot_be_compared_with_english_says_so_and_why(english, german, reason):
    lines = [*sweep({"en": doublings}, **english), *sweep({"de": doublings}, **german)]
    judged = judge_sweep(lines, Rules())
    texts = {judgement.finding.lang: sentence(judgement) for judgement in judged.judgements}
    assert f"; not compared with English ({reason})" in texts["de"]
    assert "not compared" not in texts["en"]
    assert judged.notes == (f"udpos after xnli epochs:3: de not compared with English ({reason})",)
    assert verdict_record(judged)["notes"] == [*judged.notes]


def test_a_language_that_is_compared_or_has_no_english_beside_it_says_nothing_of_a_comparison():
    for curves in ({"en": doublings, "de": doublings}, {"de": doublings}):
        judged = judge_sweep(sweep(curves), Rules())
        assert judged.notes == ()
        assert not any("not compared" in sentence(judgement) for judgement in judged.judgements)


def test_sizes_against_english_have_a_margin_of_their_own():
    lines = [
        line
        for line in sweep({"en": doublings, "de": doublings})
        if not (line.run.trained_intermediate.lang == "en" and line.run.intermediate.rows > 400)
    ]
    (german,) = (j for j in judge_sweep(lines, Rules()).judgements if j.finding.lang == "de")
    evidence = german.finding.points.evidence
    assert evidence.bend_unlike_english.margin == curvature_margin(0.5, [100, 200, 400]) == 0.5
    assert evidence.bend.margin == curvature_margin(0.5, SIZES) == 0.08
    plan = german.finding.points.plan_against_english
    assert "seeds find a difference in curvature of" in plan.reason
    assert "points per doubling squared or more" in plan.reason
    assert plan.reason in sentence(german)


def test_damage_is_named_with_the_settings_that_tell_its_curve_from_others():
    sound, harmed = (
        with_validation(
            [
                replace(line, task=f"udpos [backbone={name}]")
                for line in sweep({"en": doublings, "de": doublings})
            ],
            lambda run, fall=fall: 90.0 - fall * (run.intermediate.lang == "en"),
        )
        for name, fall in (("xlmr", 0.0), ("mbert", 5.0))
    )
    lines = [*sound, *(replace(line, run=replace(line.run, backbone="mbert")) for line in harmed)]
    judged = judge_sweep(lines, Rules())
    (damaged,) = judged.damaged
    assert damaged.target == "udpos [backbone=mbert]"
    measured = english_curves(panels(lines), english="en", damaged=judged.damaged)
    assert [curve.curve.table.task for curve in measured] == ["udpos [backbone=xlmr]"]
