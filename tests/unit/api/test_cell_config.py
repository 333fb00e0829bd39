"""Settings of a Python program: what only the command line can do is refused, Hydra stays as it was."""

import pytest
from hydra import compose, initialize_config_dir
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra._internal.sources_registry import SourcesRegistry
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.version import VersionBase

from xtl.api.cell_config import composed_cell, data_config
from xtl.errors import ConfigError


@pytest.mark.parametrize(
    ("override", "advice"),
    [
        ("-m", "call it once for each"),
        ("--multirun", "call it once for each"),
        ("--config-dir=conf", "config_dir=FOLDER"),
        ("-cd=conf", "config_dir=FOLDER"),
        ("--cfg", "xtl.config.dump"),
        ("-q", "quiet=True"),
        ("--info", "xtl-train in a shell"),
        ("hydra/launcher=joblib", "xtl-train in a shell"),
        ("+hydra.verbose=true", "xtl-train in a shell"),
        ("hydra.run.dir=out", "folder=FOLDER"),
        ("hydra.searchpath=[file://conf]", "config_dir=FOLDER"),
        ("sweep=seeds", "call this once for each"),
        ("sweep.dry_run=true", "call this once for each"),
        ("udpos", "KEY=VALUE"),
    ],
)
def test_what_only_the_command_line_can_do_is_refused_with_what_to_do(override, advice):
    with pytest.raises(ConfigError, match=f"expected a setting of one cell.*{advice}") as raised:
        composed_cell(["target=pocket_pos", override])
    assert str(raised.value).startswith(f"'{override}': ")


def test_what_is_no_string_is_refused():
    with pytest.raises(ConfigError, match=r"got \{'seed': 1\}"):
        composed_cell([{"seed": 1}])


@pytest.mark.parametrize("override", ["seed=1,2", "seed=choice(1,2)", "seed=range(1,3)"])
def test_several_values_are_refused(override):
    with pytest.raises(ConfigError, match=r"'seed=.*call it once for each"):
        composed_cell(["target=pocket_pos", override])


def test_a_program_that_uses_hydra_itself_finds_it_as_it_was(tmp_path, monkeypatch):
    Plugins.instance()
    # As it is in a program of another project; tests before this one have composed as the commands do.
    monkeypatch.setitem(SourcesRegistry.instance().types, "file", FileConfigSource)
    (tmp_path / "train.yaml").write_text("answer: yes\ntarget: mine\n")  # yes is a boolean to Hydra alone
    with initialize_config_dir(str(tmp_path), version_base="1.2"):
        hydra, base = GlobalHydra.instance(), VersionBase.instance().getbase()
        repo, types = ConfigStore.instance().repo, dict(SourcesRegistry.instance().types)
        assert composed_cell(["target=pocket_pos", "backbone=tiny"]).target.name == "pocket_pos"
        with pytest.raises(ConfigError):
            composed_cell(["target=pocket_po"])
        assert GlobalHydra.instance() is hydra
        assert VersionBase.instance().getbase() == base
        assert ConfigStore.instance().repo is repo
        assert SourcesRegistry.instance().types == types
        assert compose("train") == {"answer": True, "target": "mine"}


def test_own_task_files_are_found_and_paths_are_read_as_they_are(tmp_path):
    folder = tmp_path / "it's, a=1"
    (folder / "task").mkdir(parents=True)
    (folder / "task" / "weather.yaml").write_text(
        "defaults: [/task_type/classification@_here_, _self_]\n"
        "name: weather\nlanguages: en no\nlabels: rain sun\nmetrics: [accuracy]\n"
        "columns: {first: text, label: sky}\n"
    )
    config = composed_cell([f"data.root={folder}", "target=weather"], config_dir=folder)
    assert (config.target.name, config.data.root) == ("weather", str(folder))
    config = data_config(
        "weather", {"lang": ["en", "no"], "size": None}, [], {"data.root": folder}, config_dir=folder
    )
    assert (config.target.lang, config.data.root, config.target.size) == (["en", "no"], str(folder), None)
    with pytest.raises(ConfigError, match="nowhere: expected a folder of config files"):
        composed_cell(["target=weather"], config_dir=tmp_path / "nowhere")


def test_tasks_that_train_together_are_a_mixture():
    config = data_config("pocket_pos+pocket_nli", {"lang": "de"}, ["backbone=tiny"], {})
    assert config.intermediate.name == "pocket_pos+pocket_nli"
    assert config.intermediate.lang == ["de"]
    assert config.intermediate.recipe.selection == "last"
