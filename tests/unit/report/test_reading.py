"""What a report says of its input: gaps of the design, versions, rules that changed."""

from dataclasses import replace

import pytest

from tests.helpers.factories import result
from tests.helpers.sweeps import lines_of_cell, write_sweep
from xtl import results
from xtl.errors import DataFormatError, DataNotFoundError
from xtl.report.reading import design_notes, read_scores, rules_of
from xtl.statistics import Rules
from xtl.statistics.rules import SweepPlan, TargetPlan, write_rules


def sweep(*, seeds=(1, 2), sizes=(("", 0), ("de", 100), ("de", 200), ("en", 100), ("en", 200)), **changed):
    return [line for seed in seeds for cell in sizes for line in lines_of_cell(seed, *cell, **changed)]


def test_a_complete_sweep_has_no_notes():
    assert design_notes(sweep()) == []


@pytest.mark.parametrize(
    ("lines", "note"),
    [
        (sweep(seeds=(1,)), "udpos has one seed: no intervals over seeds, and so every verdict is undecided"),
        (sweep(sizes=(("", 0), ("de", 100))), "udpos after xnli in de: one size above 0"),
        (sweep(sizes=(("de", 100), ("de", 200))), "udpos has no baseline without intermediate data"),
        (
            sweep(sizes=(("", 0), ("de", 100), ("de", 300), ("en", 100), ("en", 200))),
            "udpos after xnli: sizes differ between languages (de 100, 300; en 100, 200)",
        ),
        (
            [line for line in sweep() if (line.run.seed, line.run.intermediate.rows) != (2, 200)],
            "8 of 40 scores are missing (seed 2, 200 rows of de, in all languages; seed 2, 200 rows of en",
        ),
        (
            [line for line in sweep() if (line.run.seed, line.lang) != (1, "hi")],
            "5 of 40 scores are missing (seed 1, baseline, in hi; ",
        ),
        (
            [*sweep(), *sweep(metric="f1")],
            "udpos has 2 metrics (accuracy, f1): curves and verdicts are of accuracy, the first",
        ),
        (
            sweep(intermediate_task="udpos", langs=("de", "hi", "sw")),
            "udpos after udpos: the same task was trained in de before; these languages are still",
        ),
        (
            sweep(intermediate_task="mlm+udpos", langs=("de", "hi", "sw")),
            "the same task, or another of mlm+udpos, was trained in de before; these languages are still",
        ),
        (
            sweep(task="udpos [recipe=small]", intermediate_task="udpos", langs=("de", "hi", "sw")),
            "the same task was trained in de before; these languages are still",
        ),
        (sweep(shots=8), "udpos with shots=8 was trained on 8 rows of each scored language that has a"),
    ],
)
def test_each_gap_is_told_once(lines, note):
    assert [text.count(note) for text in design_notes(lines) if note in text] == [1]


def test_a_sweep_without_intermediate_phases_lacks_nothing():
    assert design_notes([result(seed=1), result(seed=2)]) == []


def test_two_versions_are_told(tmp_path):
    write_sweep(tmp_path / "a")
    write_sweep(tmp_path / "b", version="0.2.0", seeds=(4,))
    (note,) = read_scores([tmp_path]).notes
    assert note.startswith(
        "results of 2 versions of xtl stand beside each other (0.1.0: 27 cells, 0.2.0: 9 cells)"
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"recipe": "x"},
        {"backbone": "x"},
        {"precision": "x", "cell": "x"},
        {"kernels": "x", "cell": "x"},
        {"device": "x"},
        {"rule": "x"},
    ],
)
def test_settings_that_differ_are_told_and_make_tasks_of_their_own(tmp_path, changed):
    known = {"precision": "32-true", "kernels": "xtl"}
    write_sweep(tmp_path / "a", **known)
    write_sweep(tmp_path / "b", **{**known, **changed})
    scores = read_scores([tmp_path / "a", tmp_path / "b"])
    assert len({line.task for line in scores.results}) == 2
    assert {line.task for line in scores.original} == {"udpos"}
    assert "told apart, never averaged" in scores.notes[0]


def test_sizes_of_the_target_are_one_curve_where_they_are_the_axis(tmp_path):
    for rows in (100, 200):
        results.write(tmp_path / f"{rows}" / results.FILE_NAME, [result(train_rows=rows, cell=str(rows))])
    scores = read_scores([tmp_path])
    assert ({line.task for line in scores.results}, scores.notes) == ({"udpos"}, ())


def test_no_score_that_counts_is_an_error_that_says_why(tmp_path):
    results.write(tmp_path / results.FILE_NAME, [result(n=0)])
    with pytest.raises(DataNotFoundError, match="expected scored examples, got 0"):
        read_scores([tmp_path])
    results.write(tmp_path / results.FILE_NAME, [])
    with pytest.raises(DataNotFoundError, match="the files are empty"):
        read_scores([tmp_path])


PLAN = SweepPlan(
    seeds=(1, 2),
    targets={"udpos": TargetPlan(metric="accuracy", selections=("best_validation",), budgets=("epochs:2",))},
    intermediates={"xnli": ("epochs:2",)},
)


def notes_of(folder, lines, plan=PLAN, **more):
    write_rules(folder, Rules(), plan)
    write_rules(folder, Rules(), plan, **more)
    return rules_of([folder], margin=None, runs={folder / "run": lines})[1]


@pytest.mark.parametrize(
    ("changed", "note"),
    [
        ({}, None),
        ({"metric": "f1"}, "metric of udpos f1 in place of accuracy"),
        ({"rule": "last"}, "selection of udpos last in place of best_validation"),
        ({"rule": "untrained"}, None),
        ({"train_budget": "steps:9"}, "budget of udpos steps:9 in place of epochs:2"),
    ],
)
def test_what_changed_after_the_plan_is_named(tmp_path, changed, note):
    expected = [] if note is None else [f"changed after the sweep was planned: {note}"]
    assert notes_of(tmp_path, sweep(**changed)) == expected


def test_another_budget_of_the_intermediate_task_is_named(tmp_path):
    lines = sweep(intermediate_budget="steps:30")
    assert notes_of(tmp_path, lines) == [
        "changed after the sweep was planned: budget of xnli steps:30 in place of epochs:2"
    ]


def test_planned_targets_without_a_result_are_told(tmp_path):
    plan = replace(PLAN, targets={**PLAN.targets, "panx": PLAN.targets["udpos"]})
    assert notes_of(tmp_path, sweep(), plan) == [
        "the sweep is not finished: no result of panx, which was planned"
    ]


def test_seeds_that_were_added_are_told(tmp_path):
    lines = sweep(seeds=(1, 2, 3, 4))
    assert notes_of(tmp_path / "a", lines, seeds_more=(3, 4)) == [
        "2 seeds were added to the plan after a look: one planned step"
    ]
    assert notes_of(tmp_path / "b", lines) == ["seeds in no plan of the sweep: 3, 4"]
    write_rules(tmp_path / "a", Rules(), PLAN, seeds_more=(3, 4, 5))
    first, second = rules_of([tmp_path / "a"], margin=None, runs={tmp_path / "a/run": lines})[1]
    assert first.startswith("seeds were added 2 times (2, then 1), each after a look")
    assert second == "the sweep is not finished: planned seeds without any result: 5"


def test_each_folder_is_held_against_its_own_plan_and_other_rules_are_told(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    write_rules(first, Rules(margin=0.5), PLAN)
    write_rules(second, Rules(margin=3.0), replace(PLAN, seeds=(3,)))
    runs = {first / "run": sweep(seeds=(1, 2)), second / "run": sweep(seeds=(4,))}
    rules, notes = rules_of([first, second], margin=None, runs=runs)
    assert rules.margin == 0.5
    assert notes == [
        f"{second} was planned with margin 3.0, not 0.5, which counts here",
        f"{second}: seeds in no plan of the sweep: 4",
        f"{second}: the sweep is not finished: planned seeds without any result: 3",
    ]


def test_rules_of_a_sweep_below_the_folder_count(tmp_path):
    for name, margin in (("a", 1.5), ("b", 0.5)):
        write_rules(tmp_path / name, Rules(margin=margin), PLAN)
    runs = {tmp_path / "a/run": sweep(seeds=(1, 2)), tmp_path / "b/run": sweep(seeds=(4,))}
    rules, notes = rules_of([tmp_path], margin=None, runs=runs)
    assert rules.margin == 1.5
    assert notes[0] == f"{tmp_path / 'b'} was planned with margin 0.5, not 1.5, which counts here"
    assert f"{tmp_path / 'b'}: seeds in no plan of the sweep: 4" in notes
    assert rules_of([tmp_path / "a" / "run"], margin=None, runs={})[1] == [
        "no rules were written down before the cells ran: these are the defaults"
    ]


def test_two_values_of_one_setting_and_seed_are_refused(tmp_path):
    write_sweep(tmp_path / "a", seeds=(1,))
    write_sweep(tmp_path / "b", seeds=(1,), level=51.0, phase_key="f" * 12, devices=2)
    message = (
        r"expected one value of accuracy of udpos in .* \(seed 1\), got .* two runs of one setting \(devices"
    )
    with pytest.raises(DataFormatError, match=message):
        read_scores([tmp_path])


def test_other_cells_with_the_same_value_are_no_conflict(tmp_path):
    write_sweep(tmp_path / "a", seeds=(1,))
    write_sweep(tmp_path / "b", seeds=(1,), phase_key="f" * 12, devices=2)
    assert read_scores([tmp_path]).results


def test_a_sweep_whose_first_seeds_count_in_another_folder_is_finished(tmp_path):
    plan = SweepPlan(
        seeds=(1, 2, 3),
        targets={"udpos": TargetPlan(metric="accuracy", selections=(), budgets=())},
        intermediates={},
    )
    write_sweep(tmp_path / "a", seeds=(1, 2))
    write_sweep(tmp_path / "b", seeds=(1, 2, 3))
    write_rules(tmp_path / "b", Rules(), plan)
    scores = read_scores([tmp_path / "a", tmp_path / "b"])
    _, notes = rules_of([tmp_path / "a", tmp_path / "b"], margin=None, runs=scores.runs)
    assert not [note for note in notes if "not finished" in note]
    alone = read_scores([tmp_path / "a"])
    write_rules(tmp_path / "a", Rules(), plan)
    _, notes = rules_of([tmp_path / "a"], margin=None, runs=alone.runs)
    assert [note for note in notes if "planned seeds without any result: 3" in note]
