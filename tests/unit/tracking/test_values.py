"""Plain values of views: settings, epochs on one axis, scores; and that tracking changes no key."""

from dataclasses import replace

import pytest

import xtl
from tests.helpers.cells import composed_cell
from xtl.errors import ConfigError
from xtl.results import NO_PHASE, PhaseInfo, Result, RunInfo
from xtl.runs.fingerprint import run_fingerprint
from xtl.schemas.data import DataConfig
from xtl.schemas.tracking import TrackingConfig, WandbConfig
from xtl.sweeps.arguments import expand_sweep_arguments
from xtl.tracking.values import (
    LONGEST_TAG,
    TABLE_COLUMNS,
    Plain,
    cell_info,
    epoch_rows,
    flat,
    score_values,
    table_rows,
)
from xtl.training.history import EpochMetrics

CELL = (
    "target=pocket_pos", "target.lang=en+de", "intermediate=pocket_nli", "intermediate.lang=sw",
    "intermediate.size=40", "backbone=tiny", "seed=3", "trainer.accelerator=cpu", "trainer.precision=32-true",
)  # fmt: skip


def epoch(phase: str, number: int, update: int, tokens: int, **values) -> EpochMetrics:
    fields = {"train_loss": 1.0, "val_loss": None, "val_score": None, "val_scores": {}, "seconds": 1.0}
    return EpochMetrics(
        phase=phase, epoch=number, update=update, tokens=tokens, tokens_per_second=9.0, **{**fields, **values}
    )


def score(lang: str, value: float, **of_run) -> Result:
    target = PhaseInfo(task="panx", lang="en+de", rows=9, ids="", budget="epochs:1")
    fields = {
        "phases": (target,), "cell": "c", "selection": "last", "shots": 0, "phase_key": "k", "recipe": "r",
        "tuning": "full", "seed": 1, "data_seed": 0, "backbone": "tiny", "commit": "", "version": "",
        "device": "cpu", "seconds": 1.0, "tokens": 5,
    }  # fmt: skip
    run = RunInfo(**{**fields, **of_run})
    return Result(task="panx", lang=lang, split="test", metric="f1", value=value, n=4, run=run)


def test_no_view_is_the_default():
    assert composed_cell(*CELL).tracking == TrackingConfig()


def test_tracking_changes_neither_the_cell_nor_the_folder_of_a_sweep():
    cell = composed_cell(*CELL)
    tracked = composed_cell(*CELL, "tracking=[wandb,csv,tensorboard,trackio,mlflow]", "tracking.group=x")
    assert tracked.tracking.csv
    assert tracked.tracking.tensorboard
    assert tracked.tracking.wandb == WandbConfig()
    assert None not in (tracked.tracking.trackio, tracked.tracking.mlflow)
    assert replace(tracked, tracking=cell.tracking) == cell
    assert run_fingerprint(tracked) == run_fingerprint(cell)
    assert cell_info(tracked, "abc").config["cell"] == run_fingerprint(cell)
    sweep = ["-m", "target=udpos,panx", "seed=1,2"]
    names = [
        [one for one in expand_sweep_arguments([*sweep, *more]) if one.startswith("hydra.sweep.dir=")]
        for more in ([], ["tracking=[wandb,csv]"], ["tracking=wandb", "tracking.wandb.project=mine"])
    ]
    assert names[0] == names[1] == names[2] != []


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "tracking=wandbb",
            r"'tracking/wandbb' \(did you mean 'wandb'\?\)\n\nAvailable options .*:\n\tcsv\n",
        ),
        ("tracking=[csv,wandbb]", r"Could not load 'tracking/wandbb'\."),
        ("tracking.wandb.mode=on", "tracking.wandb.mode: expected one of auto, online, offline, got 'on'"),
        ("tracking.wandb.project=a/b", "tracking.wandb.project: expected a name without"),
        ("tracking.wandb.project=''", "tracking.wandb.project: expected a name without"),
    ],
)
def test_an_unknown_tracker_or_setting_is_refused(override: str, message: str):
    with pytest.raises(ConfigError, match=message):
        composed_cell(*CELL, *(() if "wandbb" in override else ("tracking=wandb",)), override)


def test_a_cell_has_a_readable_name_tags_and_flat_plain_settings():
    info = cell_info(composed_cell(*CELL, "tracking=wandb", "tracking.group=scaling"), "abc")
    assert (info.id, info.config["version"]) == ("abc", xtl.__version__)
    assert info.name == "pocket_nli sw 40 > pocket_pos en+de, seed 3"
    assert info.group == "scaling"
    assert info.tags == (
        "target:pocket_pos", "target_lang:en", "target_lang:de", "intermediate:pocket_nli",
        "intermediate_lang:sw", "backbone:tiny",
    )  # fmt: skip
    assert all(isinstance(value, Plain) for value in info.config.values())
    assert info.config["target/lang"] == "en+de"
    assert info.config["intermediate/size"] == 40
    assert info.config["target/recipe/lr"] == composed_cell(*CELL).target.recipe.lr
    assert not [name for name in info.config if name.startswith(("tracking", "sweep"))]


def test_no_path_of_this_machine_is_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models/mine").mkdir(parents=True)
    local = DataConfig(source="local", root=str(tmp_path))
    for path, told in (
        (str(tmp_path / "models/mine"), "mine"), ("models/mine", "mine"), ("~/models/gone", "gone"),
        ("/models/gone/", "gone"), ("FacebookAI/xlm-r", "FacebookAI/xlm-r"), (None, None),
    ):  # fmt: skip
        cell = composed_cell(*CELL)
        backbone = replace(cell.backbone, source="hub", path=path)
        target = replace(cell.target, folder=str(tmp_path / "tags"))
        info = cell_info(replace(cell, backbone=backbone, target=target, data=local), "abc")
        assert info.config["backbone/path"] == told
        assert info.config["target/folder"] == "tags"
        assert "data/root" not in info.config
        assert not [value for value in info.config.values() if "/" in str(value)[:1]]


def test_of_paths_the_names_are_shown_and_other_texts_are_left_alone():
    values = {"a": ["/home/x/DATA", "../private/y"], "b": "/", "c": "google/xtreme", "d": "./z"}
    assert dict(flat(values)) == {"a": "DATA+y", "b": "/", "c": "google/xtreme", "d": "z"}


def test_no_tag_is_longer_than_wandb_takes():
    cell = composed_cell(*CELL)
    long = replace(cell, target=replace(cell.target, name="x" * 99))
    assert max(map(len, cell_info(long, "abc").tags)) == LONGEST_TAG


def test_updates_and_tokens_go_on_over_phases():
    epochs = [
        epoch("intermediate mnli", 1, 4, 100),
        epoch("intermediate mnli", 2, 8, 200, val_score=50.0, val_loss=0.5),
        epoch("target panx", 1, 3, 60, val_score=70.0, val_scores={"en": 70.0, "de": 40.0}),
        epoch("target panx", 2, 6, 120),
    ]
    rows = list(epoch_rows(epochs))
    assert [step for step, _ in rows] == [4, 8, 11, 14]
    assert [values["tokens"] for _, values in rows] == [100, 200, 260, 320]
    assert rows[0][1] == {
        "tokens": 100, "intermediate/epoch": 1, "intermediate/train_loss": 1.0, "intermediate/seconds": 1.0,
        "intermediate/tokens_per_second": 9.0,
    }  # fmt: skip
    assert rows[1][1]["intermediate/val_loss"] == 0.5
    assert rows[2][1]["target/val_score"] == 70.0
    assert rows[2][1]["target/val_score/de"] == 40.0
    assert list(epoch_rows([])) == []


def test_scores_have_means_and_those_of_other_selections_stand_in_the_table_alone():
    lines = [score("en", 90.0), score("de", 80.0), score("sw", 40.0), score("hi", 20.0)]
    others = [score("sw", 99.0, is_selected=False, selection="oracle")]
    assert score_values([*lines, *others]) == {
        "test/panx/f1/en": 90.0, "test/panx/f1/de": 80.0, "test/panx/f1/sw": 40.0, "test/panx/f1/hi": 20.0,
        "test/panx/f1/mean": 57.5, "test/panx/f1/zero_shot_mean": 30.0,
    }  # fmt: skip
    table = [dict(zip(TABLE_COLUMNS, row, strict=True)) for row in table_rows([*lines, *others])]
    assert [row["zero_shot"] for row in table] == [False, False, True, True, True]
    assert [row["chosen"] for row in table] == [True] * 4 + [False]
    assert table[-1]["rule"] == "oracle"


def test_few_shots_are_not_zero_shot_and_an_untrained_encoder_is():
    assert "test/panx/f1/zero_shot_mean" not in score_values([score("sw", 1.0, shots=5)])
    untrained = score("en", 5.0, phases=(NO_PHASE,))
    assert score_values([untrained])["test/panx/f1/zero_shot_mean"] == 5.0
