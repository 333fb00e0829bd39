"""The benchmark's averages equal those of its own script, and what is missing is said."""

import pytest

from tests.helpers.compose import compose_train
from tests.helpers.factories import result
from xtl.cli.report import main
from xtl.config import conf_dir
from xtl.errors import DataFormatError, DataNotFoundError
from xtl.languages import language
from xtl.report import XTREME, benchmark_notes, benchmark_table, benchmarks, task_average, xtreme_averages
from xtl.results import write


def close(value):
    return pytest.approx(value, abs=1e-9)


def test_tasks_groups_and_languages_are_those_of_the_script(golden):
    file = golden("xtreme_average")
    assert {name: sorted(task.languages.split()) for name, task in XTREME.items()} == {
        name: sorted(langs) for name, langs in file["task_languages"].items()
    }
    groups: dict[str, list[str]] = {}
    for name, task in XTREME.items():
        groups.setdefault(task.group, []).append(name)
    assert {group: sorted(names) for group, names in groups.items()} == {
        group: sorted(names) for group, names in file["groups"].items()
    }


def test_averages_are_those_of_the_script(golden):
    cases = [case for case in golden("xtreme_average")["cases"] if "error" not in case["expected"]]
    assert len(cases) == 7
    for case in cases:
        found = xtreme_averages(case["table"])
        assert not any(average.missing for average in found.tasks.values())
        for name, expected in case["expected"]["tasks"].items():
            assert found.tasks[name].score == close(expected.pop("avg_metric")), case["id"]
            assert {f"avg_{metric}": value for metric, value in found.tasks[name].metrics.items()} == close(
                expected
            )
        overall = dict(case["expected"]["overall"])
        whole = overall.pop("all_task", None)
        assert (found.overall and found.overall[0]) == (whole if whole is None else close(whole))
        assert {group: mean[0] for group, mean in found.groups.items()} == close(overall)


def test_a_missing_language_leaves_no_overall_score_where_the_script_stops(golden):
    (case,) = [case for case in golden("xtreme_average")["cases"] if "error" in case["expected"]]
    found = xtreme_averages(case["table"])
    (missing,) = [name for name, average in found.tasks.items() if average.missing]
    assert missing == "xnli"
    assert found.overall is None
    assert set(found.groups) == {"tagging", "qa", "retrieval"}


def test_without_english_by_hand():
    # en 90, others 50 and 70, all other languages 60: (50 + 70 + 4 * 60) / 6 = 60, with English 450 / 7.
    langs = XTREME["pawsx"].languages.split()
    scores = {lang: {"accuracy": {"en": 90.0, "de": 50.0, "es": 70.0}.get(lang, 60.0)} for lang in langs}
    average = task_average("pawsx", scores)
    assert (average.score, average.without_english) == (close(450 / 7), close(60))
    # Questions: the mean of the means of both metrics, whatever else was scored.
    scores = {lang: {"exact_match": 40.0, "f1": 60.0, "x": 0.0} for lang in XTREME["mlqa"].languages.split()}
    assert task_average("mlqa", scores).score == close(50)


def test_our_task_files_have_the_benchmarks_languages():
    there = [name for name in XTREME if (conf_dir() / "task" / f"{name}.yaml").is_file()]
    assert len(there) >= 6
    for name in there:
        task = compose_train(f"target={name}").target
        assert {language(lang).code for lang in task.languages.split()} == set(XTREME[name].languages.split())
        assert task.eval_split == XTREME[name].split
        assert set(XTREME[name].metrics) <= set(task.metrics)


def lines(name: str, value: float, **changed) -> list:
    task = XTREME[name]
    codes = task.languages.split()
    if name == "tatoeba":  # its files use ISO 639-3
        codes = [language(code).iso639_3 for code in codes]
    return [
        result(task=name, train_task=name, lang=lang, split=task.split, metric=metric, value=value, **changed)
        for lang in codes
        for metric in task.metrics
    ]


def test_lines_of_all_tasks_and_seeds():
    every = [line for at, name in enumerate(XTREME) for line in lines(name, 10.0 * at)]
    other_seed = [line for at, name in enumerate(XTREME) for line in lines(name, 10.0 * at + 2, seed=2)]
    (found,) = benchmarks([*every, *other_seed, result(task="stsb", metric="spearman")])
    assert found.seeds == 2
    assert found.averages.overall == (close(41), close(41))  # (0 + 10 + ... + 80) / 9 and 1 for the seeds
    assert len(benchmark_notes(found)) == 1


def test_settings_stand_apart_and_what_is_missing_is_said():
    first = lines("xnli", 70.0)[1:]  # without ar
    second = lines("xnli", 75.0, intermediate_task="mnli", intermediate_lang="en", intermediate_rows=100)
    baseline, after = benchmarks([*first, *second])
    assert (baseline.setting.rows, after.setting.rows) == (0, 100)
    assert "mnli" in str(after.setting)
    assert after.averages.tasks["xnli"].score == close(75)
    notes = benchmark_notes(baseline)
    assert any("xnli lacks ar" in note for note in notes)
    assert any("No results of pawsx, udpos" in note for note in notes)
    assert benchmark_table(baseline).row_count == 9 + 4 + 1


def test_two_scores_for_the_same_are_refused_but_other_rules_are_left_out():
    with pytest.raises(DataFormatError, match=r"xnli ar accuracy: expected one score for seed 1.*70\.00 and"):
        benchmarks([*lines("xnli", 70.0), *lines("xnli", 71.0)])
    (found,) = benchmarks([*lines("xnli", 70.0), *lines("xnli", 71.0, rule="last", chosen=False)])
    assert found.averages.tasks["xnli"].score == close(70)
    with pytest.raises(DataNotFoundError, match=r"at least one of XTREME's tasks \(pawsx"):
        benchmarks([result(task="stsb")])


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"train_budget": "epochs:9"}, "budget"),
        ({"train_lang": "de"}, "training language"),
        ({"train_rows": 7}, "rows"),
        ({"rule": "last"}, "selection"),
    ],
)
def test_cells_of_one_task_that_differ_in_more_than_their_seed_are_refused(changed, name):
    with pytest.raises(DataFormatError, match=f"expected cells of one {name}, got"):
        benchmarks([result(), result(seed=2, **changed)])


@pytest.mark.parametrize(
    "changed",
    [
        {"device": "cuda"},
        {
            "intermediate_task": "stsb", "intermediate_rows": 5, "intermediate_lang": "en",
            "intermediate_budget": "epochs:9",
        },
    ],
)  # fmt: skip
def test_other_devices_and_budgets_are_other_settings(changed):
    phase = {**changed, "intermediate_budget": "epochs:1"} if "intermediate_task" in changed else {}
    cells = ({"value": 60.0, **phase}, {"value": 80.0, "seed": 2, **changed})
    found = benchmarks([result(metric="f1", **cell) for cell in cells])
    assert [(one.averages.tasks["udpos"].score, one.seeds) for one in found] == [(60.0, 1), (80.0, 1)]


def test_the_command_prints_it(tmp_path, capsys):
    write(tmp_path / "a" / "results.jsonl", [line for name in XTREME for line in lines(name, 50.0)])
    main([str(tmp_path), "--xtreme"])
    printed = capsys.readouterr().out
    assert "XTREME" in printed
    assert printed.count("50.0") > 9 * 2
    assert "nine tasks" in printed
    assert not list(tmp_path.glob("*.png"))


def test_draws_of_rows_under_one_seed_count_once():
    draws = [result(value=50.0, metric="f1", data_seed=draw) for draw in (0, 1, 2)]
    (benchmark,) = benchmarks([*draws, result(value=90.0, metric="f1", seed=2)])
    assert (benchmark.averages.tasks["udpos"].score, benchmark.seeds) == (70.0, 2)
