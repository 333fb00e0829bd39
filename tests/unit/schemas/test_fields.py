"""What each setting affects: said by every field; settings of features, phases and cells follow from it."""

from dataclasses import asdict, dataclass, field, fields, replace

import pytest

from xtl.schemas.cell import TrainConfig
from xtl.schemas.fields import (
    CATEGORIES,
    FEATURES,
    MISSING,
    NOTHING,
    ROWS,
    SCORES,
    TUNING,
    WEIGHTS,
    affecting,
    setting,
)
from xtl.schemas.recipe import TuningConfig
from xtl.schemas.task import TaskConfig
from xtl.tasks.registry import task_types

# The settings of a task that neither reading nor encoding looks at.
NOT_FEATURES = {
    "recipe", "lang", "langs", "fraction", "size", "lang_sampling", "shots", "budget", "eval_split",
    "languages", "reference", "languages_xtreme_r", "train_languages", "licence", "tuning", "published",
    "aligned",
}  # fmt: skip
# The settings of a task that decide which rows there are, or what is scored, and no weight; of the tuning
# only what the chosen method reads decides some.
NOT_WEIGHTS = {
    "langs", "eval_split", "languages", "languages_xtreme_r", "train_languages", "reference", "licence",
    "published", "aligned", "hub", "folder", "rows", "parts", "fraction", "size", "lang_sampling", "shots",
    "tasks", "settings", "tuning",
}  # fmt: skip
YOUNGER = {"agreement"}
"""Settings that are younger than stored phases and results: at their default no hash knows of them."""

SCHEMAS = {"task": TaskConfig, **{name: task_type.schema for name, task_type in task_types().items()}}
schemas = pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)


@schemas
def test_every_setting_of_a_task_says_what_it_affects(schema: type[TaskConfig]):
    for entry in fields(schema):
        assert entry.metadata["affects"] <= set(CATEGORIES), entry.name


@schemas
def test_settings_of_features_and_of_weights(schema: type[TaskConfig]):
    names = {entry.name for entry in fields(schema)} - YOUNGER
    assert affecting(schema(), FEATURES).keys() == names - NOT_FEATURES
    assert affecting(schema(), WEIGHTS).keys() == names - NOT_WEIGHTS
    assert affecting(schema(), TUNING).keys() == {"tuning"}
    assert names >= {"hub", "fraction"} | NOT_FEATURES


def test_a_younger_setting_affects_something_only_where_it_is_not_its_default():
    assert {entry.name for entry in fields(TaskConfig) if entry.metadata["is_younger"]} == YOUNGER
    plain, changed = TaskConfig(), TaskConfig(agreement=0.5)
    for category in (FEATURES, ROWS):
        assert affecting(changed, category) == affecting(plain, category) | {"agreement": 0.5}
    assert affecting(changed, WEIGHTS) == affecting(plain, WEIGHTS)


def test_documentation_affects_nothing():
    settings = affecting(TaskConfig(), *CATEGORIES)
    names = {entry.name for entry in fields(TaskConfig)} - YOUNGER
    assert names - settings.keys() == {"reference", "licence", "published", "aligned", "train_languages"}
    assert affecting(TaskConfig(), SCORES).keys() == {
        "languages", "languages_xtreme_r", "langs", "eval_split", "metrics",
    }  # fmt: skip
    assert {"lang", "fraction", "size", "shots", "hub", "parts", "rows"} <= affecting(
        TaskConfig(), ROWS
    ).keys()


def test_what_a_machine_does_changes_no_score():
    settings = affecting(TrainConfig(), *CATEGORIES)
    assert {entry.name for entry in fields(TrainConfig)} - settings.keys() == {"sweep", "tracking"}
    names = {entry.name for entry in fields(TrainConfig().trainer)}
    # In keys by TrainerConfig.shares, where one device does not compute all at once.
    shares = {"devices", "nodes", "micro_batch", "micro_batch_tokens"}
    exact = {"strategy", "gradient_checkpointing"}  # to rounding, and to the bit
    others = {"threads", "checkpoint_seconds", "save_encoder", "node_seconds"}
    assert names - settings["trainer"].keys() == shares | exact | others


def test_members_of_a_task_give_the_same_settings_as_alone():
    types = task_types()
    member = types["tagging"].schema(name="pos", task_type="tagging", lang=["de"], size=3)
    mixture = types["mixture"].schema(name="pos", task_type="mixture", members={"pos": member})
    for category in CATEGORIES:
        settings = affecting(mixture, category)
        assert settings.get("members", {"pos": affecting(member, category)}) == {
            "pos": affecting(member, category)
        }
    assert affecting(mixture, WEIGHTS)["members"]["pos"]["lang"] == ["de"]
    assert "size" not in affecting(mixture, WEIGHTS)["members"]["pos"]


@dataclass
class Weather(TaskConfig):
    """Schema of another package."""

    stations: list[str] = field(default_factory=list)
    forecast: TuningConfig = setting(default_factory=TuningConfig, affects={WEIGHTS})
    note: str = setting("", affects=NOTHING)
    altitude: float = setting(affects={SCORES})


def test_a_setting_that_does_not_say_what_it_affects_affects_everything():
    config = Weather(stations=["a"])
    for category in CATEGORIES:
        assert affecting(config, category)["stations"] == ["a"]
    assert "note" not in affecting(config, *CATEGORIES)
    assert affecting(config, SCORES)["altitude"] == config.altitude == MISSING


def test_nested_settings_are_plain_values_of_their_own():
    config = Weather()
    settings = affecting(config, WEIGHTS)
    assert settings["forecast"] == asdict(config.forecast)
    settings["forecast"]["targets"].append("x")
    settings["stations"].append("x")
    assert config == Weather()
    assert affecting(replace(config, note="x"), *CATEGORIES) == affecting(config, *CATEGORIES)


def test_a_value_that_must_be_given_is_omegaconf_s_own_mark():
    omegaconf = pytest.importorskip("omegaconf")
    assert omegaconf.MISSING == MISSING
    assert omegaconf.OmegaConf.missing_keys(omegaconf.OmegaConf.structured(Weather)) >= {"altitude", "lang"}
