"""What must not be averaged is told apart by name."""

import pytest

from tests.helpers.factories import result
from xtl import results

INTERMEDIATE = {"intermediate_task": "xnli", "intermediate_lang": "de", "intermediate_rows": 100}


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("recipe", "hu2020", "recipe"),
        ("backbone", "xlmr_base", "backbone"),
        ("precision", "bf16-mixed", "precision"),
        ("kernels", "torch", "kernels"),
        ("device", "cuda", "device"),
        ("rule", "last", "selection"),
        ("tuning", "lora:8", "tuning"),
        ("shots", 10, "shots"),
        ("split", "validation", "split"),
        ("train_lang", "fr", "trained in"),
        ("train_rows", 100, "rows"),
        ("train_budget", "steps:30", "budget"),
    ],
)
def test_settings_of_a_target_make_two_targets(field, value, name):
    known = {"precision": "32-true", "kernels": "xtl"}
    lines = [result(**known), result(**{**known, field: value})]
    assert list(results.differing(lines)) == [name]
    first, second = (line.task for line in results.told_apart(lines))
    assert first.startswith(f"udpos [{name}=")
    assert second == f"udpos [{name}={value}]"


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("intermediate_budget", "steps:30", "intermediate budget"),
        ("tuning", "bitfit>full", "intermediate tuning"),
    ],
)
def test_settings_of_an_intermediate_phase_share_a_baseline(field, value, name):
    phase = {**INTERMEDIATE, "intermediate_budget": "epochs:2"}
    lines = [result(), result(**phase), result(**{**phase, field: value})]
    baseline, first, second = results.told_apart(lines)
    assert {baseline.task, first.task, second.task} == {"udpos"}
    assert baseline.run == lines[0].run
    assert first.run.intermediate.task != second.run.intermediate.task
    assert second.run.intermediate.task == f"xnli [{name}={value.split('>')[0]}]"


def test_seeds_languages_and_rows_of_the_intermediate_task_are_one_setting():
    lines = [result(seed=seed, lang=lang) for seed in (1, 2) for lang in "ab"]
    lines += [result(**{**INTERMEDIATE, "intermediate_rows": rows, "data_seed": rows}) for rows in (100, 200)]
    assert results.differing(lines) == {}
    assert results.told_apart(lines) == lines


def test_two_tasks_may_have_a_recipe_each():
    assert (
        results.differing([result(recipe="small"), result(task="panx", train_task="panx", recipe="hu2020")])
        == {}
    )


@pytest.mark.parametrize(
    ("name", "values"), [("precision", ("bf16-mixed", "32-true")), ("kernels", ("xtl", "torch"))]
)
def test_what_old_lines_do_not_say_is_no_other_setting(name, values):
    lines = [result(), result(**{name: values[0]})]
    assert results.differing(lines) == {}
    assert name in results.differing([*lines, result(**{name: values[1]})])


def test_a_label_is_fit_for_a_file_name():
    lines = [result(backbone="intfloat/e5"), result(backbone="tiny")]
    assert results.told_apart(lines)[0].task == "udpos [backbone=intfloat_e5]"
