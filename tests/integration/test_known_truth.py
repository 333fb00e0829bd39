"""Sweeps whose truth is known, through the whole pipeline: commands, cells, phases, results, report.

Tags of the intermediate task agree with those of the target, say nothing, or contradict them from language to
language; so more of it must help, do nothing, or harm, while English, in which the target is trained, stays.
"""

import json
from pathlib import Path

import pytest

from tests.helpers.commands import command
from tests.helpers.word_encoder import save_word_encoder

SETTINGS = (
    "-m", "intermediate=pocket_pos", "target=pocket_pos", "intermediate.lang=[en,es]",
    "target.langs=[en,es]", "intermediate.size=0,100,400", "target.size=200",
    "backbone=tiny", "backbone.source=hub", "data.sizes.train=400", "data.sizes.validation=100",
    "data.sizes.test=100", "intermediate.recipe.lr=3e-3", "target.recipe.lr=3e-3", "recipe.default.dropout=0",
    "recipe.default.epochs=6", "sweep.rules.margin=5", "trainer.accelerator=cpu", "trainer.precision=32-true",
    "trainer.threads=1", "trainer.save_encoder=false", "trainer.compare_selections=false",
)  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Folder with an encoder; the sweeps in it share one phase store, and so their baselines."""
    folder = tmp_path_factory.mktemp("truth")
    save_word_encoder(folder / "encoder")
    return folder


def reported(place: Path, agreement: str, *, seeds: str = "1,2,3"):
    """What the report says of a sweep: its one finding, and what it printed."""
    own_cache = {"XTL_CACHE": str(place / "cache")}
    sweep = place / f"agreement={agreement}"
    ran = [
        command("xtl-train", *SETTINGS, f"backbone.path={place / 'encoder'}",
                f"intermediate.agreement={agreement}", f"seed={seeds}", f"hydra.sweep.dir={sweep}",
                cwd=place, environment=own_cache),
        command("xtl-report", str(sweep), cwd=place, environment=own_cache),
    ]  # fmt: skip
    assert [one.returncode for one in ran] == [0, 0], [one.stdout[-2000:] + one.stderr[-2000:] for one in ran]
    record = json.loads((sweep / "verdict.json").read_text(encoding="utf-8"))
    assert (record["rules"]["margin"], record["encoder_damaged"]) == (5.0, [])
    (finding,) = record["findings"]
    return finding, ran


@pytest.mark.slow
def test_data_that_agree_help(place):
    finding, _ = reported(place, "1")
    assert finding["points"]["verdict"].startswith("grows")
    assert finding["points"]["gain"]["low"] > 20
    assert 400 not in finding["sizes_at_chance"]


@pytest.mark.slow
def test_data_that_say_nothing_do_nothing_and_stay_at_chance(place):
    finding, (train, report) = reported(place, "0")
    assert finding["points"]["verdict"] == "no effect"
    assert finding["sizes_at_chance"] == [100, 400]
    assert finding["without_phases_at_chance"] is None
    assert train.stdout.count("intermediate phase at chance") == 6
    assert "no verdict is possible without the intermediate phases that stayed at chance" in report.stdout


@pytest.mark.slow
def test_data_that_contradict_each_other_harm(place):
    finding, _ = reported(place, "-1", seeds="1,2,3,4,5,6")  # how much it harms hangs on the seed
    assert finding["points"]["verdict"] == "falls"
    assert finding["points"]["gain"]["high"] < 0
    assert 400 not in finding["sizes_at_chance"]


@pytest.mark.slow
def test_training_that_wrecks_the_encoder_is_no_effect_of_data(place):
    """Tags that agree, learned at a rate that ruins the encoder: the target cannot be learned any more."""
    sweep = place / "wrecked"
    own_cache = {"XTL_CACHE": str(place / "cache")}
    train = command(
        "xtl-train", *(one for one in SETTINGS if not one.startswith("intermediate.recipe.lr")),
        f"backbone.path={place / 'encoder'}", "intermediate.recipe.lr=0.3", "seed=1,2,3",
        f"hydra.sweep.dir={sweep}", cwd=place, environment=own_cache,
    )  # fmt: skip
    report = command("xtl-report", str(sweep), cwd=place, environment=own_cache)
    assert (train.returncode, report.returncode) == (0, 0)
    assert "source validation fell" in train.stdout
    assert "no verdict: pocket_pos after pocket_pos in" in report.stdout
    record = json.loads((sweep / "verdict.json").read_text(encoding="utf-8"))
    assert record["findings"] == []
    (damaged,) = record["encoder_damaged"]
    assert [change["rows"] for change in damaged["changes"]] == [100, 400]
