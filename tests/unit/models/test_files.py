"""Folders of backbones as others may know them."""

import pytest

from xtl.models.files import published_name


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("google-bert/bert-base-multilingual-cased", "google-bert/bert-base-multilingual-cased"),
        ("/home/me/models/mine", "mine"),
        ("~/models/mine/", "mine"),
        ("../mine", "mine"),
        ("models/mine", "mine"),
    ],
)
def test_of_a_folder_the_name_alone_is_published(path, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models/mine").mkdir(parents=True)
    assert published_name(path) == expected
