"""Scores in the header of a card: of the repository, config and split of the hub that was scored."""

import pytest

from tests.helpers.cells import composed_cell
from xtl.export.eval_results import eval_results
from xtl.results import PhaseInfo, Result, RunInfo
from xtl.schemas.data import DataConfig

HUB = DataConfig(source="hub")


def task(name: str):
    return composed_cell(f"target={name}", "backbone=tiny", "data=hub", "trainer.precision=32-true").target


def score(name: str, lang: str, split: str = "test", metric: str = "accuracy") -> Result:
    run = RunInfo(
        phases=(PhaseInfo(task=name, lang="en", rows=9, ids="", budget="epochs:1"),), cell="c",
        selection="last", shots=0, phase_key="k", recipe="r", tuning="full", seed=1, data_seed=0,
        backbone="tiny", commit="", version="", device="cpu", seconds=1.0, tokens=5,
    )  # fmt: skip
    return Result(task=name, lang=lang, split=split, metric=metric, value=12.345, n=4, run=run)


@pytest.mark.parametrize(
    ("name", "lang", "split", "expected"),
    [
        ("xcopa", "sw", "test", ("cambridgeltl/xcopa", "sw", "test")),
        ("m_hellaswag", "de", "validation", ("alexandrainst/m_hellaswag", "de", "val")),
        ("m_hellaswag", "en", "validation", ("Rowan/hellaswag", "default", "validation")),
        ("xquad", "de", "validation", ("google/xtreme", "XQuAD.de", "validation")),
        ("mlqa", "de", "test", ("google/xtreme", "MLQA.de.de", "test")),
        ("panx", "de", "test", ("google/xtreme", "PAN-X.de", "test")),
        ("udpos", "de", "test", ("google/xtreme", "udpos.German", "test")),
        ("anli", "en", "test", ("facebook/anli", "plain_text", "test_r1+test_r2+test_r3")),
        ("udpos", "lt", "test", ("udpos", "lt", "test")),  # not on the hub
    ],
)
def test_a_score_is_of_the_data_set_that_it_was_read_from(name, lang, split, expected):
    (result,) = eval_results([score(name, lang, split)], [task(name)], HUB, "token-classification")
    assert (result.dataset_type, result.dataset_config, result.dataset_split) == expected
    assert (result.metric_type, result.metric_value) == ("accuracy", 12.35)


def test_scores_on_files_or_on_a_task_of_somebody_else_name_the_task_alone():
    scored = [score("panx", "de")]
    for tasks, data in (([task("panx")], DataConfig(source="local", root="x")), ([task("udpos")], HUB)):
        (result,) = eval_results(scored, tasks, data, "token-classification")
        assert (result.dataset_type, result.dataset_config) == ("panx", "de")


def test_languages_that_share_a_config_are_told_apart_by_their_metrics():
    scores = [score("tydiqa", lang, "validation", "f1") for lang in ("fi", "sw")]
    results = eval_results(scores, [task("tydiqa")], HUB, "question-answering")
    assert {(result.dataset_type, result.dataset_config) for result in results} == {
        ("google/xtreme", "tydiqa")
    }
    assert {result.dataset_name for result in results} == {"tydiqa"}
    assert [result.metric_name for result in results] == ["f1 (Finnish)", "f1 (Swahili)"]


def test_a_task_of_a_mixture_has_its_own_data_set():
    scores = [score("udpos", "de"), score("panx", "de")]
    results = eval_results(scores, [task("udpos"), task("panx")], HUB, "token-classification")
    assert [result.dataset_config for result in results] == ["udpos.German", "PAN-X.de"]
