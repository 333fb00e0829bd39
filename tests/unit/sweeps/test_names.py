"""Names of cells as folders."""

import pytest

from xtl.sweeps.names import cell_name


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
