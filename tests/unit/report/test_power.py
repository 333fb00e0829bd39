"""Plans from a pilot: seeds and languages that have the power that is promised."""

from dataclasses import replace

import pytest

from tests.helpers.factories import table_text
from tests.helpers.sweeps import lines_of_cell
from xtl.report.planning import grid_table, power_record, requirement_table
from xtl.statistics import Components, Rules, components, contrast, planned_power
from xtl.statistics.contrasts import Question
from xtl.statistics.planning import Aim, pilot_questions, plan_grid, pooled, requirement
from xtl.statistics.table import score_table

RULES = Rules(margin=0.5)


def pilot(*, seeds=(1, 2, 3), langs=("de", "en"), sizes=(100, 200, 400, 800), noise=0.3, **changed):
    cells = [("", 0), *((lang, rows) for lang in langs for rows in sizes)]
    return [
        line
        for seed in seeds
        for cell in cells
        for line in lines_of_cell(seed, *cell, noise=noise, **changed)
    ]


def test_each_question_has_the_noise_of_its_own_contrast():
    lines = pilot()
    questions = {
        (question.lang, question.aim): question for question in pilot_questions(lines, RULES).questions
    }
    assert set(questions) == {
        *((lang, aim) for lang in ("de", "en") for aim in (Aim.GAIN, Aim.NO_EFFECT, Aim.CURVATURE)),
        ("de", Aim.AGAINST_ENGLISH),
    }
    table = score_table(lines)
    for aim, asked, versus in (
        (Aim.GAIN, Question.TOTAL_GAIN, None),
        (Aim.CURVATURE, Question.CURVATURE, None),
        (Aim.AGAINST_ENGLISH, Question.CURVATURE, "en"),
    ):
        assert questions["de", aim].parts == components(contrast(table, asked, "de", versus=versus).values)
    gain, none = questions["de", Aim.GAIN], questions["de", Aim.NO_EFFECT]
    assert (gain.effect, gain.margin, none.effect, none.margin) == (0.5, None, 0.0, 0.5)
    assert gain.alpha == RULES.alpha / 2  # two languages, as Holm may ask for
    assert questions["de", Aim.AGAINST_ENGLISH].alpha == RULES.alpha


def test_seeds_and_languages_needed_are_the_smallest_that_do():
    for question in pilot_questions(pilot(), RULES).questions:
        need = requirement(question, power=0.8)

        def power(num_seeds, num_langs, question=question):
            test = {"margin": question.margin, "alpha": question.alpha}
            return planned_power(question.parts, question.effect, num_seeds, num_langs, **test)

        if need.seeds is None:
            assert power(1000, question.num_langs) < 0.8
            continue
        assert power(need.seeds, question.num_langs) >= 0.8
        assert need.seeds == 2 or power(need.seeds - 1, question.num_langs) < 0.8
        if need.langs is not None:
            assert power(question.num_seeds, need.langs) >= 0.8
            assert need.langs == 2 or power(question.num_seeds, need.langs - 1) < 0.8


def test_where_no_number_of_seeds_will_do_more_languages_are_asked_for():
    (question, *_) = pilot_questions(pilot(), RULES).questions
    wide = replace(question, parts=Components(seeds=0.01, langs=4.0, residual=0.01))
    text = table_text(requirement_table([(wide, requirement(wide, power=0.8))]))
    assert "needs more target languages" in text


def test_a_grid_has_the_power_of_each_plan_and_its_smallest_effect():
    questions = [
        question for question in pilot_questions(pilot(), RULES).questions if question.aim is Aim.GAIN
    ]
    whole = pooled(questions)
    assert whole.parts.seeds == pytest.approx(sum(question.parts.seeds for question in questions) / 2)
    cells = plan_grid(whole, power=0.8, seeds=(3, 12), langs=(9,))
    assert [(cell.num_seeds, cell.num_langs) for cell in cells] == [(3, 4), (3, 9), (12, 4), (12, 9)]
    for cell in cells:
        reached = planned_power(whole.parts, cell.smallest, cell.num_seeds, cell.num_langs, alpha=whole.alpha)
        assert reached == pytest.approx(0.8, abs=0.001)
    assert "4 languages" in table_text(grid_table(whole, cells))
    record = power_record(pilot_questions(pilot(), RULES), RULES, [], [(whole, cells)])
    assert record["grids"][0]["plans"][0]["num_seeds"] == 3


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (pilot(seeds=(1,)), "one seed tells nothing of seeds"),
        (pilot(sizes=(100,)), "curvature: sizes: expected at least 3 above 0"),
        (pilot(langs=()), "expected cells with rows of an intermediate task, found none"),
        ([line for line in pilot() if line.run.intermediate.rows], "expected 0, the baseline"),
    ],
)
def test_what_a_pilot_cannot_plan_is_told(lines, problem):
    assert problem in "\n".join(pilot_questions(lines, RULES).problems)


def test_one_target_language_is_no_sample_of_languages():
    lines = [line for line in pilot() if line.lang == "es"]
    (question, *_) = pilot_questions(lines, RULES).questions
    need = requirement(question, power=0.8)
    assert (need.langs, need.langs_in_words) == (None, "no sample of languages")
    assert {cell.num_langs for cell in plan_grid(question, power=0.8)} == {1}


def test_recipes_of_one_folder_are_planned_apart():
    lines = [*pilot(langs=("de",)), *pilot(langs=("de",), recipe="hu2020")]
    assert {question.task for question in pilot_questions(lines, RULES).questions} == {
        "udpos [recipe=small]",
        "udpos [recipe=hu2020]",
    }


def validated(fall):
    """Lines of a pilot whose German phases change the source language's score, by a function of the seed."""
    lines = []
    for line in pilot():
        change = fall(line.run.seed) if line.run.trained_intermediate.lang == "de" else 0.0
        target = replace(line.run.target, metric="accuracy", validation=90.0 - change)
        lines.append(replace(line, run=replace(line.run, phases=(*line.run.phases[:-1], target))))
    return lines


def test_data_that_harmed_the_encoder_are_not_planned():
    lines = validated(lambda seed: 5.0)
    planned = pilot_questions(lines, RULES)
    assert {question.lang for question in planned.questions} == {"en"}
    (problem,) = planned.problems
    assert problem.startswith("udpos after xnli in de (epochs:2): encoder damaged")
    alone = pilot_questions([line for line in lines if line.run.trained_intermediate.lang != "de"], RULES)
    assert planned.questions == alone.questions


def test_data_that_may_have_harmed_the_encoder_are_planned_and_noted():
    planned = pilot_questions(validated(lambda seed: 5.0 * (seed == 1)), RULES)
    assert planned.questions == pilot_questions(pilot(), RULES).questions
    assert planned.problems == ()
    (note,) = planned.notes
    assert note.startswith("udpos after xnli in de (epochs:2): source validation -")
    assert power_record(planned, RULES, [], [])["notes"] == [note]
