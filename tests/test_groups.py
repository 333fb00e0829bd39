"""One file a task, for ``target=``, ``intermediate=`` and ``task=``, in conf/ and in a user's folder."""

import re
import subprocess
from pathlib import Path

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from tests.helpers.compose import compose_evaluate, compose_train
from xtl import config
from xtl.config.catalogue.cards import task_cards
from xtl.config.groups import FileConfigSource
from xtl.errors import ConfigError
from xtl.tasks.build import build_task
from xtl.tasks.registry import task_types

CONF = config.conf_dir()
FILES = f"data.root={CONF}"
"""Where a task of a user's own has its files: a folder that is there."""

WEATHER = """
name: weather
languages: en sw
labels: rain sun
columns: {first: text, label: sky}
metrics: [accuracy]
"""
BITS = "name: bits\nlanguages: deu\npivot: eng\n"
MINING = "lang: []\nmax_len: 512\nmetrics: [f1]\nrecipe: {epochs: 0}\n"


def written(path: Path, text: str) -> str:
    """Write a file two folders below a folder of configs; return the override that adds that folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return f"hydra.searchpath=[file://{path.parents[1]}]"


def test_a_checkout_has_no_links():
    listed = subprocess.run(
        ["git", "ls-files", "-s"], cwd=CONF.parent, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    assert not [line for line in listed.stdout.splitlines() if line.startswith("120000")]
    assert not [path for path in CONF.rglob("*") if path.is_symlink()]


@pytest.mark.parametrize("group", ["target", "intermediate"])
def test_each_task_is_one_file_for_every_group(group: str):
    source = FileConfigSource("main", str(CONF))
    assert not (CONF / group).exists()
    assert source.is_group(group)
    assert source.list(group, ObjectType.CONFIG) == sorted(
        path.stem for path in (CONF / "task").glob("*.yaml")
    )
    for name in source.list("task", ObjectType.CONFIG):
        assert source.is_config(f"{group}/{name}")
        chosen, task = source.load_config(f"{group}/{name}"), source.load_config(f"task/{name}")
        assert (chosen.config, chosen.header) == (task.config, task.header)
    assert not source.is_config(f"{group}/udpso")


def test_groups_are_listed_where_their_folder_is(tmp_path: Path):
    groups = FileConfigSource("main", str(CONF)).list("", ObjectType.GROUP)
    assert {"target", "intermediate", "task", "task_type", "recipe"} <= set(groups)
    assert "family" not in groups
    assert FileConfigSource("main", str(tmp_path)).list("", None) == []
    assert "target" not in FileConfigSource("main", str(CONF)).list("", ObjectType.CONFIG)


def test_one_file_serves_both_phases_and_evaluation():
    cell = config.finalize(compose_train("target=udpos", "intermediate=udpos", "intermediate.lang=de"))
    assert (cell.target.name, cell.intermediate.name) == ("udpos", "udpos")
    assert (cell.target.lang, cell.intermediate.lang) == (["en"], ["de"])
    assert (
        config.finalize_evaluation(compose_evaluate("run=x", "task=udpos")).task.labels == cell.target.labels
    )


@pytest.mark.parametrize("group", ["target", "intermediate"])
def test_hydra_lists_the_tasks_where_a_name_is_not_known(group: str):
    with pytest.raises(ConfigError) as caught:
        compose_train(f"{group}=udpso")
    first, _, available = str(caught.value).partition(f"Available options in '{group}':")
    assert f"Could not find '{group}/udpso'" in first
    assert {"udpos", "mnli", "none"} <= set(available.split())


def test_help_lists_the_tasks_of_each_group():
    config.register()
    text = OmegaConf.create({"text": "${xtl.choices:target,intermediate,task,tuning}"}).text
    target, intermediate, task, tuning = text.splitlines()
    assert target.split("=")[1].split() == task.split("=")[1].split()
    assert " udpos |" in target
    assert "none" not in target
    assert "none" in intermediate
    assert "lora" in tuning


def test_a_file_in_a_user_s_folder_serves_every_group(tmp_path: Path):
    path = tmp_path / "conf/task/weather.yaml"
    added = written(path, "defaults: [/task_type/classification@_here_, _self_]" + WEATHER)
    cell = config.finalize(compose_train(added, FILES, "target=weather", "intermediate=weather"))
    assert (cell.target.name, cell.intermediate.name) == ("weather", "weather")
    assert cell.target.recipe.lr == cell.recipe.default.lr
    evaluation = config.finalize_evaluation(compose_evaluate(added, "run=x", "task=weather"))
    assert evaluation.task.labels == cell.target.labels == "rain sun"
    with pytest.raises(ConfigError, match=r"\bweather\b"):
        compose_train(added, "target=weathr")


@pytest.mark.parametrize(
    ("defaults", "text", "task_type"),
    [
        ("/family/classification@_here_", WEATHER, "classification"),
        ("/family@_here_: classification", WEATHER + "family: classification\n", "classification"),
        ("/family/mining@_here_", BITS, "bitext_mining"),
        ("/task_type/bitext_mining@_here_", BITS + "family: mining\n", "bitext_mining"),
        (
            "/schema/task/mining@_here_, /family/base@_here_",
            BITS + MINING + "family: mining\n",
            "bitext_mining",
        ),
    ],
)
def test_a_task_file_of_an_older_version_works(tmp_path: Path, defaults: str, text: str, task_type: str):
    entries = ", ".join(f"{{{entry}}}" if ": " in entry else entry for entry in defaults.split(", "))
    added = written(tmp_path / "conf/target/older.yaml", f"defaults: [{entries}, _self_]\n{text}")
    task = config.finalize(compose_train(added, FILES, "target=older")).target
    assert task.task_type == task_type
    assert isinstance(task, task_types()[task_type].schema)
    with pytest.raises(ConfigError, match="Could not find 'intermediate/older'"):
        compose_train(added, "intermediate=older")


def test_a_family_and_a_recipe_of_an_older_version_work(tmp_path: Path):
    family = "defaults: [/schema/task/mining@_here_, /family/base@_here_, _self_]\nfamily: mining\n"
    length = "max_len: ${oc.select:recipe.max_len.bitext_mining,512}\n"
    written(tmp_path / "conf/family/short.yaml", family + MINING.replace("max_len: 512\n", length))
    written(tmp_path / "conf/recipe/older.yaml", "defaults: [hu2020, _self_]\nmax_len: {mining: 99}\n")
    added = written(tmp_path / "conf/task/bits.yaml", f"defaults: [/family/short@_here_, _self_]\n{BITS}")
    cell = config.finalize(compose_train(added, FILES, "target=bits", "recipe=older"))
    assert (cell.target.task_type, cell.target.max_len) == ("bitext_mining", 99)


def test_a_file_in_the_group_s_own_folder_comes_first(tmp_path: Path):
    written(tmp_path / "conf/task/weather.yaml", "name: task")
    written(tmp_path / "conf/task/other.yaml", "name: other")
    written(tmp_path / "conf/target/weather.yaml", "name: target")
    source = FileConfigSource("user", f"file://{tmp_path / 'conf'}")
    assert source.load_config("target/weather").config.name == "target"
    assert source.load_config("intermediate/weather").config.name == "task"
    assert source.list("target", ObjectType.CONFIG) == ["other", "weather"]


def test_a_sweep_over_every_task_finds_them_in_each_group():
    config.register()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        parser = OverridesParser.create(GlobalHydra.instance().config_loader())
        overrides = parser.parse_overrides(
            [f"{group}=glob(u*)" for group in ("target", "intermediate", "task")]
        )
    choices = [[*override.sweep_string_iterator()] for override in overrides]
    assert choices == [["ud_supertag", "udpos", "uner"]] * 3


@pytest.mark.parametrize(
    "path",
    ["task/udpos", "target/udpos", "family/mining", "recipe/hu2020", "hydra/launcher/local", "train"],
)
def test_a_user_s_file_that_would_never_be_read_is_refused(tmp_path: Path, path: str):
    file = tmp_path / "conf" / f"{path}.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("lr: 9e-9\n")
    expected = f"{re.escape(str(file))}: xtl has a file of that name, which would be read instead; give it"
    with pytest.raises(ConfigError, match=f"^{expected} another name"):
        compose_train(f"hydra.searchpath=[file://{tmp_path / 'conf'}]")
    with pytest.raises(ConfigError, match=expected), config.separate_hydra(tmp_path / "conf"):
        config.compose("evaluate")
    with pytest.raises(ConfigError, match=expected):
        task_cards(folder=tmp_path / "conf")


def test_files_in_a_user_s_package_that_would_never_be_read_are_refused_too(tmp_path: Path, monkeypatch):
    (tmp_path / "shadowing/recipe").mkdir(parents=True)
    (tmp_path / "shadowing/__init__.py").touch()
    (tmp_path / "shadowing/recipe/hu2020.yaml").write_text("lr: 9e-9\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=r"^shadowing/recipe/hu2020\.yaml: xtl has a file of that name"):
        compose_train("hydra.searchpath=[pkg://shadowing]")


def test_xtl_s_own_folder_may_be_given_under_any_name(tmp_path: Path):
    (tmp_path / "link").symlink_to(CONF)
    assert task_cards(["udpos"], folder=tmp_path / "link")
    compose_train(f"hydra.searchpath=[file://{tmp_path / 'link'}]")


def test_folders_that_hold_no_groups_may_hold_any_names(tmp_path: Path):
    written(tmp_path / "conf/other/udpos.yaml", "name: udpos")
    compose_train(f"hydra.searchpath=[file://{tmp_path / 'conf'},file://{CONF}]")


def test_a_copy_of_a_task_under_another_name_reads_the_same_files(tmp_path: Path):
    text = (CONF / "task/udpos.yaml").read_text().replace("name: udpos", "name: more\nfolder: udpos")
    assert " zh\n" in text
    added = written(tmp_path / "conf/task/more.yaml", text.replace(" zh\n", " zh yue\n", 1))
    for lang, split in (("en", "train"), ("en", "validation"), ("yue", "test")):
        file = tmp_path / "data/udpos" / lang / f"{split}.tsv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("go\tVERB\n\n")
    cell = config.finalize(
        compose_train(added, f"data.root={tmp_path / 'data'}", "target=more", "target.langs=[yue]")
    )
    task = build_task(cell.target, cell.data, cell.backbone.embedding)
    assert (task.name, task.source.languages("test"), task.source.languages("train")) == (
        "more",
        ["yue"],
        ["en"],
    )
