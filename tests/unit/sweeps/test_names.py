"""Names of cells as folders."""

import os

import pytest

from xtl.sweeps.names import cell_name


@pytest.mark.parametrize(
    ("overrides", "name"),
    [("seed=1", ""), ("seed=2", "seed=2"), ("lang=de,seed=1", "lang=de"),
     ("data_seed=1,seed=1", "data_seed=1"), ("seed=11,lang=[de,en]", "seed=11,lang=[de,en]")],
)  # fmt: skip
def test_the_one_seed_that_was_planned_is_in_no_name(overrides, name):
    assert cell_name(overrides, 1) == name


def test_a_name_that_fits_stays():
    assert cell_name("seed=1,target.lang=de") == "seed=1,target.lang=de"
    assert cell_name("x" * 200) == "x" * 200


@pytest.mark.parametrize("text", ["x" * 201, "北京" * 100, "langs=[" + ",".join(["de"] * 100) + "],seed="])
def test_a_long_name_keeps_its_beginning_and_is_its_own(text):
    names = [cell_name(f"{text}{seed}") for seed in range(20)]
    assert len(set(names)) == 20
    assert all(len(name.encode()) <= 200 and name.startswith(text[:30]) for name in names)
    assert names[0] == cell_name(f"{text}0")


def test_folders_of_a_path_are_short_each(tmp_path):
    name = cell_name("backbone.path=/" + "a" * 300 + "/" + "b" * 50)
    assert [len(part) for part in name.split("/")] == [14, 200, 50]
    (tmp_path / name).mkdir(parents=True)


@pytest.mark.parametrize("key", ["backbone.path=", "seed=1,backbone.path=", ""])
@pytest.mark.parametrize(
    "values",
    [
        ("../../../../../models/a", "../../../../../models/b"),
        ("../../../../..", "../../../.."),
        ("/models/a", "/models/b", "/models/a/", "//models/a", "/../models/a", "/./models/a"),
        ("models/a", "models/a/", "models//a", "models/./a", "./models/a", "models/b/../a", "models/a/."),
        ("a/..", "a/.", "a"),
    ],
)
def test_no_value_leads_out_of_the_sweep_and_two_stay_apart(key, values):
    folders = [f"/sweep/{cell_name(f'{key}{value}')}" for value in values]
    assert len(set(folders)) == len(values)
    assert all(os.path.normpath(folder) == folder != "/sweep" for folder in folders)


def test_the_only_cell_of_a_sweep_has_its_folder():
    assert cell_name("") == ""
