"""Plan of a sweep: what it decides before its first cell runs, and seeds that are added."""

from contextlib import contextmanager

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode

from tests.helpers.sweeps import write_sweep
from xtl import config
from xtl.statistics.rules import SweepPlan, TargetPlan, read_plan, read_rules
from xtl.sweeps.planning.expectation import print_expectation
from xtl.sweeps.planning.plan import add_seeds, planned_seeds, write_plan

POCKET = ("data=pocket", "backbone=tiny", "intermediate=pocket_nli", "intermediate.fraction=0,0.5")


@contextmanager
def composed(*overrides):
    """Config of a sweep and its loader."""
    config.register()
    with initialize_config_dir(str(config.conf_dir()), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        yield loader.load_configuration("train", list(overrides), RunMode.MULTIRUN), loader


@pytest.mark.parametrize(
    ("overrides", "seeds", "more"),
    [
        (["seed=1,2,3"], [1, 2, 3], [4, 5]),
        (["seed=range(3,6)"], [3, 4, 5], [6, 7]),
        (["seed=choice(7,2)"], [7, 2], [8, 9]),
        (["seed=4"], [4], [5, 6]),
        ([], [1], [2, 3]),
        (["sweep=seeds"], list(range(1, 11)), [11, 12]),
        (["sweep=seeds", "seed=1,2"], [1, 2], [3, 4]),
    ],
)
def test_seeds_are_added_after_the_largest_of_the_grid(overrides, seeds, more):
    with composed("target=pocket_pos", *overrides) as (sweep, loader):
        assert planned_seeds(sweep, loader) == seeds
        assert add_seeds(sweep, loader, 0) == []
        assert planned_seeds(sweep, loader) == seeds
        assert add_seeds(sweep, loader, 2) == more
        assert planned_seeds(sweep, loader) == [*seeds, *more]
        assert list(sweep.hydra.overrides.task).count("target=pocket_pos") == 1


def test_the_plan_has_metric_selection_and_budgets_of_each_task(tmp_path):
    varied = ("target=pocket_pos,pocket_ner", "target.recipe.selection=last,best_validation")
    with composed(*POCKET, *varied, "intermediate.budget=epochs,steps:30", "seed=1,2") as (sweep, loader):
        write_plan(tmp_path, sweep, loader, seeds_more=[])
    selections = ("last", "best_validation")
    assert read_plan(tmp_path) == SweepPlan(
        seeds=(1, 2),
        targets={
            "pocket_pos": TargetPlan(metric="accuracy", selections=selections, budgets=("epochs:2",)),
            "pocket_ner": TargetPlan(metric="f1", selections=selections, budgets=("epochs:2",)),
        },
        intermediates={"pocket_nli": ("epochs:2", "steps:30")},
    )


def test_a_grid_of_backbones_has_the_budget_of_each_one_s_recipe(tmp_path):
    grid = ("data=pocket", "backbone=tiny,xlmr_base", "trainer.threads=1,2", "seed=1,2")
    with composed(*grid, "target=pocket_pos", "intermediate=pocket_nli", "intermediate.size=0,9") as parts:
        write_plan(tmp_path, *parts, seeds_more=[])
    budgets = [
        read_plan(tmp_path).targets["pocket_pos"].budgets,
        read_plan(tmp_path).intermediates["pocket_nli"],
    ]
    assert [len({*of_task}) for of_task in budgets] == [2, 2]
    assert all(of_task[0] == "epochs:2" for of_task in budgets)


def test_other_rules_of_a_later_start_are_told_and_do_not_count(tmp_path, caplog):
    for margin in (0.5, 2.0):
        with composed(*POCKET, "target=pocket_pos", f"sweep.rules.margin={margin}") as (sweep, loader):
            write_plan(tmp_path, sweep, loader, seeds_more=[])
    assert read_rules(tmp_path).margin == 0.5
    assert caplog.messages == ["sweep.rules.margin=2.0: the sweep is judged by 0.5, as it was begun"]


def test_a_target_that_does_not_exist_stops_no_plan(tmp_path):
    with composed(*POCKET, "target=pocket_pos", "target.lang=xx", "seed=1,2") as (sweep, loader):
        write_plan(tmp_path, sweep, loader, seeds_more=[2])
    assert (read_plan(tmp_path).seeds, read_plan(tmp_path).targets) == ((1, 2), {})


def expectation(capsys, *arguments):
    print_expectation(*arguments)
    return capsys.readouterr().out


def test_a_dry_run_says_what_earlier_sweeps_let_expect(tmp_path, capsys):
    rules = {"margin": 0.5}
    assert expectation(capsys, None, [1, 2], rules).endswith("no earlier sweep: give sweep.pilot=FOLDER\n")
    assert "one seed has no interval" in expectation(capsys, str(tmp_path), [1], rules)
    assert "expected runs with results.jsonl" in expectation(capsys, str(tmp_path), [1, 2], rules).replace(
        "\n", " "
    )
    write_sweep(tmp_path)
    refused = expectation(capsys, str(tmp_path), [1, 2], {"margin": -1.0})
    assert refused.startswith("smallest effect to expect: sweep.pilot: margin"), refused  # and the plan stays
    few, many = (expectation(capsys, str(tmp_path), list(range(seeds)), rules) for seeds in (3, 20))

    def smallest(text):
        return float(next(line for line in text.splitlines() if "gain" in line).split()[-2])

    assert "with 20 seeds" in many
    assert smallest(many) < smallest(few)
