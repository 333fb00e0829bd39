"""Paths on the command line, whatever stands in them, read by Hydra's own parser."""

from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from xtl.cli.paths import quote_paths, user_path
from xtl.config.arguments.paths import quoted

ODD = (
    "sweeps/udpos-1a2b/seed=1,target.lang=de", "with space", " leading and trailing ", "a,b", "[a]", "{a: 1}",
       "tab\there", "it's", 'say "x"', "'half", "back\\slash", "end\\", "a\\'b", "1e5", "007", "true",
    "(x)", "Straße/北京",
    "#1", "50%", "a:b", "C:\\Users\\x", "a&b", "x!y", "$HOME", "~user", "key=", "=",
)  # fmt: skip


def read(argument: str):
    return OverridesParser.create().parse_override(argument)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.mark.parametrize("path", ODD)
@pytest.mark.parametrize(
    "key", ["run", "backbone.path", "data.root", "hydra.run.dir", "+data.root", "submission"]
)
def test_a_path_is_read_as_it_stands(key, path):
    (argument,) = quote_paths([f"{key}={path}"])
    assert read(argument).value() == path
    assert quote_paths([argument]) == [argument]
    assert read(f"run={quoted(path)}").value() == path


@pytest.mark.parametrize(
    "argument",
    [
        "run=outputs/2025-01-01/12-00-00-000", "backbone.path=FacebookAI/xlm-roberta-base", "data.root=/data",
        "data.root=null", "data.root=", "run='my folder'", 'run="my folder"', "hydra.run.dir=${now:%Y}/a=1",
        "hydra.sweep.dir='${oc.env:HOME}/a=1'", "target.langs=[de,hi]", "seed=1,2", "-m", "--cfg",
        "~data.root", "run", "data=local", "target.name=a=b",
    ],
)  # fmt: skip
def test_what_needs_no_quotes_or_is_no_path_stays(argument):
    assert quote_paths([argument]) == [argument]


@pytest.mark.parametrize("value", ["~/x", "~/x=1", "~"])
def test_the_home_folder_is_filled_in(home, value):
    for key in ("run", "backbone.path", "data.root", "hydra.run.dir"):
        assert read(quote_paths([f"{key}={value}"])[0]).value() == value.replace("~", str(home))


def sweep_values(value: str, key: str = "backbone.path") -> list[str]:
    override = read(quote_paths(["-m", f"{key}={value}"])[1])
    return list(override.sweep_string_iterator()) if override.is_sweep_override() else [override.value()]


def unquoted(values: list[str]) -> list[str]:
    return [read(f"run={value}").value() for value in values]


def test_a_sweep_over_paths_stays_one(home):
    assert sweep_values("a,b/c") == ["a", "b/c"]
    assert unquoted(sweep_values("a=1,b c,~/d")) == ["a=1", "b c", f"{home}/d"]
    assert unquoted(sweep_values("'a,b',c d")) == ["a,b", "c d"]
    assert sweep_values("choice(a,b)") == ["a", "b"]


def test_in_a_sweep_a_path_that_is_there_is_one_path(tmp_path):
    for name in ("s/seed=1,lang=de", "s/seed=2,lang=de"):
        (tmp_path / name).mkdir(parents=True)
    assert sweep_values("s/seed=1,lang=de", "run") == ["s/seed=1,lang=de"]
    both = sweep_values("s/seed=1,lang=de,s/seed=2,lang=de", "run")
    assert unquoted(both) == ["s/seed=1,lang=de", "s/seed=2,lang=de"]


def test_a_folder_that_is_written_is_one_path_in_a_sweep_too():
    assert sweep_values("out/a,b", "hydra.sweep.dir") == ["out/a,b"]


def test_several_paths_without_a_sweep_are_left_for_hydra_to_refuse(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert quote_paths(["run=a,b"]) == ["run=a,b"]
    assert quote_paths(["run=a,c"]) == ["run='a,c'"]


def test_the_home_folder_behind_an_equals_sign_is_known():
    assert user_path("~/x.jsonl") == Path.home() / "x.jsonl"
