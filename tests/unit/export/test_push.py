"""Sending an exported folder to a hub on this machine."""

import pytest

from tests.helpers.hub_server import point_at
from tests.helpers.model_hub import TOKEN, model_hub
from xtl.errors import ConfigError
from xtl.export.push import PushTarget, check_push, push


@pytest.fixture
def hub(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with model_hub() as server:
        point_at(server.endpoint, tmp_path / "cache", monkeypatch)
        yield server


@pytest.fixture
def folder(tmp_path):
    """A folder with a folder in it."""
    (tmp_path / "out" / "1_Pooling").mkdir(parents=True)
    for name in ("README.md", "model.safetensors", "1_Pooling/config.json"):
        (tmp_path / "out" / name).write_text(f"text of {name}")
    return tmp_path / "out"


def test_a_folder_becomes_a_repository(hub, folder):
    target = PushTarget(name="user/model", private=True)
    check_push(target)
    assert hub.repositories == {}  # checking makes nothing
    assert push(folder, target).endswith("/commit/" + "0" * 40)
    assert {name: data.decode() for name, data in hub.repositories["user/model"].items()} == {
        name: f"text of {name}" for name in ("README.md", "model.safetensors", "1_Pooling/config.json")
    }
    assert hub.private == {"user/model": True}


def test_a_repository_that_exists_is_changed_only_where_that_is_said(hub, folder):
    hub.repositories["user/model"] = {"old": b""}
    with pytest.raises(ConfigError, match=r"--push user/model: .*--update"):
        check_push(PushTarget(name="user/model"))
    with pytest.raises(ConfigError, match="--update"):  # made meanwhile
        push(folder, PushTarget(name="user/model"))
    assert hub.repositories["user/model"] == {"old": b""}
    check_push(PushTarget(name="user/model", update=True))
    push(folder, PushTarget(name="user/model", update=True))
    assert hub.repositories["user/model"].keys() == {
        "old", "README.md", "model.safetensors", "1_Pooling/config.json",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["model", "user/mo del", "a/b/c", "user/", "--"])
def test_names_that_are_none_are_refused_before_anything_is_asked(name, hub):
    with pytest.raises(ConfigError, match="expected OWNER/NAME"):
        check_push(PushTarget(name=name))
    assert hub.asked == []


def test_a_wrong_token_is_told_of_and_never_shown(hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_wrongwrongwrong")
    with pytest.raises(ConfigError) as error:
        check_push(PushTarget(name="user/model"))
    assert "hf auth login" in str(error.value)
    assert "wrong" not in str(error.value)
    assert "\n" not in str(error.value)


def test_without_a_token_or_a_network_it_says_what_to_do(hub, monkeypatch, tmp_path):
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="hf auth login"):
        check_push(PushTarget(name="user/model"))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    point_at("http://127.0.0.1:9", tmp_path, monkeypatch)  # where nothing listens
    with pytest.raises(ConfigError, match="expected to reach the hub"):
        check_push(PushTarget(name="user/model"))
