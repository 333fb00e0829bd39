"""Rules and plan of a sweep on disk."""

import json

import pytest

from xtl.errors import DataFormatError
from xtl.statistics import Rules
from xtl.statistics.rules import SweepPlan, TargetPlan, read_plan, read_rules, write_rules

PLAN = SweepPlan(
    seeds=(1, 2, 3),
    targets={"udpos": TargetPlan(metric="f1", selections=("last",), budgets=("epochs:2",))},
    intermediates={"xnli": ("epochs:2", "steps:30")},
)


def test_what_is_written_is_read(tmp_path):
    write_rules(tmp_path, Rules(margin=1.0), PLAN)
    assert read_rules(tmp_path) == Rules(margin=1.0)
    assert read_plan(tmp_path) == PLAN


def test_what_was_decided_first_stays_and_new_tasks_are_added(tmp_path):
    write_rules(tmp_path, Rules(), PLAN)
    other = TargetPlan(metric="accuracy", selections=("best_validation",), budgets=("epochs:9",))
    now = SweepPlan(
        seeds=(1, 2, 3, 4), targets={"udpos": other, "panx": other}, intermediates={"xnli": ("epochs:9",)}
    )
    write_rules(tmp_path, Rules(margin=9.0), now)
    plan = read_plan(tmp_path)
    assert read_rules(tmp_path) == Rules()
    assert (plan.seeds, plan.added) == ((1, 2, 3), ())
    assert plan.targets == {**PLAN.targets, "panx": other}
    assert plan.intermediates == PLAN.intermediates


def test_seeds_that_are_added_are_a_step_beside_the_plan(tmp_path):
    write_rules(tmp_path, Rules(), PLAN)
    for _ in range(2):  # the same command again
        write_rules(tmp_path, Rules(), PLAN, seeds_more=(4, 5, 6))
    assert read_plan(tmp_path).added == ((4, 5, 6),)
    write_rules(tmp_path, Rules(), PLAN, seeds_more=(4, 5, 6, 7, 8))
    assert read_plan(tmp_path).added == ((4, 5, 6), (7, 8))
    assert read_plan(tmp_path).seeds == (1, 2, 3)


def test_seeds_that_are_added_before_the_first_cell_are_planned_ones(tmp_path):
    write_rules(tmp_path, Rules(), PLAN, seeds_more=(4, 5))
    assert (read_plan(tmp_path).seeds, read_plan(tmp_path).added) == ((1, 2, 3, 4, 5), ())


def test_rules_of_older_versions_have_no_plan_and_get_one(tmp_path):
    write_rules(tmp_path, Rules(margin=0.25))
    assert read_plan(tmp_path) is None
    write_rules(tmp_path, Rules(), PLAN, seeds_more=(4,))
    assert read_rules(tmp_path) == Rules(margin=0.25)
    assert (read_plan(tmp_path).seeds, read_plan(tmp_path).added) == ((1, 2, 3), ((4,),))


@pytest.mark.parametrize(
    "plan", ["[]", "{}", '{"seeds": ["x"], "added": [], "targets": {}, "intermediates": {}}']
)
def test_a_damaged_plan_is_named(tmp_path, plan):
    write_rules(tmp_path, Rules())
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"plan": json.loads(plan)}))
    with pytest.raises(DataFormatError, match=r"rules\.json: expected a JSON object"):
        read_plan(tmp_path)
