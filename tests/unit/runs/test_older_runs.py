"""What version 0.1.0 wrote is still read: results, heads, reports of fits, the run itself."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from xtl import results
from xtl.errors import CheckpointError
from xtl.results import to_line
from xtl.runs.run_folder import HeadInfo, RunFolder
from xtl.runs.saved_run import SavedRun
from xtl.training.history import FitReport

RUN = Path(__file__).parents[2] / "golden" / "run_0.1.0"


def first_line():
    return json.loads((RUN / "results.jsonl").read_text(encoding="utf-8").splitlines()[0])


def opened(phase="target"):
    return SavedRun.open(RUN, data_needed=False, phase=phase)


def task_of(name, *labels):
    return SimpleNamespace(name=name, labels=labels, type=SimpleNamespace(name="tagging", embeds=not labels))


YOUNGER = {
    "train_data": "", "intermediate_data": "", "test_data": "", "precision": "",
    "intermediate_metric": "", "intermediate_validation": None, "intermediate_at_chance": None,
    "target_metric": "", "target_validation": None, "devices": 1, "micro_batch": 0,
    "micro_batch_tokens": 0, "intermediate_micro_batch": None, "retried": "", "kernels": "",
}  # fmt: skip
"""Fields that have come since, as lines of that version are written today."""


def test_results_are_read_and_written_with_nothing_but_younger_fields_behind_them(tmp_path):
    results.write(tmp_path / "results.jsonl", results.read(RUN / "results.jsonl"))
    older, written = (
        [json.loads(line) for line in (folder / "results.jsonl").read_text(encoding="utf-8").splitlines()]
        for folder in (RUN, tmp_path)
    )
    assert [list(line.items()) for line in written] == [list((line | YOUNGER).items()) for line in older]


def test_fields_of_a_line_are_what_they_were():
    line, run = first_line(), results.read(RUN / "results.jsonl")[0].run
    assert (run.target.task, run.target.rows) == (line["train_task"], line["train_rows"]) == ("mytags", 24)
    assert [phase.task for phase in run.phases] == ["mynli", "mytags"]
    assert (run.intermediate.fraction, run.intermediate.budget) == (1.0, "epochs:2")
    assert (run.selection, run.is_selected) == ("best_validation", True)


def test_other_selections_stand_beside_the_results():
    lines = results.read(RUN / "results.jsonl")
    assert {line.run.selection for line in lines} == {"best_validation", "last", "best_mean", "oracle"}
    assert {line.run.selection for line in results.selected(lines)} == {"best_validation"}


def test_a_line_from_before_cells_and_selections_is_read(tmp_path):
    line = {name: value for name, value in first_line().items() if name not in ("cell", "chosen")}
    (tmp_path / "results.jsonl").write_text(json.dumps(line) + "\n")
    (result,) = results.read(tmp_path / "results.jsonl")
    assert (result.run.cell, result.run.is_selected) == ("", True)
    assert to_line(result) == {**line, "cell": "", "chosen": True, **YOUNGER}


def test_a_field_of_a_later_version_is_left_out(tmp_path):
    line = first_line()
    (tmp_path / "results.jsonl").write_text(json.dumps({"before": 1, **line, "later": [2]}) + "\n")
    (result,) = results.read(tmp_path / "results.jsonl")
    assert list(to_line(result).items()) == list({**line, **YOUNGER}.items())


def test_a_head_is_read():
    head = RunFolder(RUN).head_info()
    assert head == HeadInfo(
        task="mytags", task_type="tagging", labels=["DET", "NOUN", "VERB", "PUNCT"], max_len=128
    )


def test_a_head_of_a_renamed_type_is_read(tmp_path):
    old = {"task": "bucc2018", "family": "mining", "labels": [], "max_len": 256}
    (tmp_path / "head.json").write_text(json.dumps(old))
    assert RunFolder(tmp_path).head_info().task_type == "bitext_mining"


@pytest.mark.parametrize("text", ["[]", "{}", '{"family": "tagging", "surplus": 1}', "{"])
def test_a_damaged_head_is_named(tmp_path, text):
    (tmp_path / "head.json").write_text(text)
    with pytest.raises(CheckpointError, match=r"head\.json: expected the description of a trained head"):
        RunFolder(tmp_path).head_info()


def test_a_report_of_a_fit_is_read():
    report = FitReport.from_json(
        json.loads((RUN / "phases/6fd7e92c0622f818/phase.json").read_text())["report"]
    )
    assert report.selected_epoch == 2
    assert report.selections == {"last": 3, "best_validation": 2, "best_mean": 2}
    assert report.oracle == {"en": 2, "de": 2}
    assert [epoch.epoch for epoch in report.epochs] == [1, 2, 3]


def test_a_run_is_opened():
    run = opened()
    assert (run.task.name, run.task.task_type, run.task.lang_sampling) == ("mytags", "tagging", "uniform")
    run.check_head(task_of("mytags", "DET", "NOUN", "VERB", "PUNCT"))
    with pytest.raises(
        CheckpointError, match="got one that was trained on 'mytags' \\(DET NOUN VERB PUNCT\\)"
    ):
        run.check_head(task_of("other", "A", "B"))


def test_the_target_is_scored_again_as_the_run_was():
    result = results.read(RUN / "results.jsonl")[0]
    assert opened().run_info(task_of("mytags", "DET")) == result.run


def written_with(phase, task):
    """The first line, as its score would stand beside what identifies one phase of the run."""
    result = results.read(RUN / "results.jsonl")[0]
    return to_line(replace(result, run=opened(phase).run_info(task)))


@pytest.mark.parametrize(
    ("retried", "of_encoder", "of_head"),
    [("", "", ""), ("target", "", ""), ("intermediate+target", "intermediate", "target")],
)
def test_how_the_target_was_computed_says_nothing_of_the_intermediate_phase(
    monkeypatch, retried, of_encoder, of_head
):
    result = results.read(RUN / "results.jsonl")[0]
    before, last = result.run.phases
    recorded = replace(
        result.run, phases=(replace(before, micro_batch=8), last), micro_batch=2, retried=retried
    )
    monkeypatch.setattr(SavedRun, "_recorded", lambda _: recorded)
    run = opened("intermediate")
    encoder = run.run_info(task_of("tatoeba"))
    head = run.run_info(task_of("mynli", "yes", "no"))
    assert (encoder.micro_batch, encoder.intermediate.micro_batch, encoder.retried) == (8, 8, of_encoder)
    assert (head.micro_batch, head.intermediate.micro_batch, head.retried) == (8, None, of_head)
    assert opened().run_info(task_of("mytags", "DET")) == recorded


def test_the_head_of_the_intermediate_phase_was_trained_on_that_phase_alone():
    line = written_with("intermediate", task_of("mynli", "yes", "no"))
    assert line == {
        **first_line(),
        **YOUNGER,
        "phase_key": "04e5101868d611da",
        "train_task": "mynli",
        "train_lang": "en",
        "train_rows": 16,
        "train_ids": "11af188ec4b00b8b",
        "train_budget": "epochs:2",
        "intermediate_task": "",
        "intermediate_lang": "",
        "intermediate_rows": 0,
        "intermediate_fraction": 0.0,
        "intermediate_ids": "",
        "intermediate_budget": "",
    }


def test_a_task_without_a_head_is_scored_with_the_intermediate_encoder_untrained():
    line = written_with("intermediate", task_of("tatoeba"))
    assert line == {
        **first_line(),
        **YOUNGER,
        "phase_key": "04e5101868d611da",
        "rule": "untrained",
        "train_task": "tatoeba",
        "train_lang": "",
        "train_rows": 0,
        "train_ids": "",
    }
