"""Features on disk: the same as those that were encoded, made once, and never half of them."""

import errno
import json

import pytest
import torch

from tests.helpers.tasks import TRAINED, parts, plain
from xtl.caching.feature_files import FeatureFile
from xtl.types import ExampleId

COUNTED = [("cut to max_len=8 sub-words", "de:t/train/3")]
UNITS = [
    [{"id": ExampleId("de", str(at)), "input_ids": [at, piece]} for piece in range(count)]
    for at, count in enumerate([1, 3, 1, 0, 2])
]


@pytest.mark.parametrize("name", TRAINED)
def test_what_comes_back_is_what_went_in_and_makes_the_same_batch(name, tmp_path):
    task, pretrained, _, features, module = parts(name)
    file = FeatureFile(tmp_path / "f.jsonl", task.feature_from_json)
    file.write([features], COUNTED)
    stored = file.read(indices=[0])
    assert stored is not None
    assert stored[1] == COUNTED
    (read_features,) = stored[0]
    assert [plain(feature) for feature in read_features] == [plain(feature) for feature in features]
    collate = task.collator(pretrained.tokenizer.pad_token_id)
    module.eval()
    with torch.inference_mode():
        again, before = (module.predict_step(collate(some)) for some in (read_features, features))
    assert str(again) == str(before)


def test_features_are_made_once(tmp_path):
    calls = []

    def make():
        calls.append(1)
        return UNITS, COUNTED

    file = FeatureFile(tmp_path / "x" / "f.jsonl")
    first, second = (file.read_or_make(make, indices=range(5)) for _ in range(2))
    assert first == second == (UNITS, COUNTED)
    assert len(calls) == 1


@pytest.mark.parametrize("indices", [[3], [4, 0, 2], [], [1, 1]])
def test_what_is_chosen_comes_in_the_order_of_the_choice_made_or_read(tmp_path, indices):
    file = FeatureFile(tmp_path / "f.jsonl")
    made, read = (file.read_or_make(lambda: (UNITS, COUNTED), indices=indices)[0] for _ in range(2))
    assert made == read == [UNITS[index] for index in indices]
    assert file.read(indices=[5]) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-20],
        lambda text: text[:-1],
        lambda text: text.rsplit("\n", 2)[0] + "\n",
        lambda text: text + text.rsplit("\n", 2)[1] + "\n",
        lambda text: "",
        lambda text: "{}\n",
        lambda text: text.replace('"format": 3', '"format": 1'),
        lambda text: "garbage",
    ],
)
def test_a_file_that_is_not_whole_is_made_again(tmp_path, spoil):
    file = FeatureFile(tmp_path / "f.jsonl")
    file.write(UNITS, COUNTED)
    before = file.path.read_text()
    assert spoil(before) != before
    file.path.write_text(spoil(before))
    assert file.read(indices=[0]) is None
    assert file.read_or_make(lambda: (UNITS, COUNTED), indices=range(5))[0] == UNITS
    assert file.read(indices=range(5)) == (UNITS, COUNTED)
    assert json.loads(file.path.read_text().splitlines()[0])["sizes"] == [1, 3, 1, 0, 2]


def refused(*_, **__):
    raise PermissionError(errno.EACCES, "Permission denied")


@pytest.mark.parametrize(
    "step", ["pathlib.Path.mkdir", "filelock.FileLock.acquire", "xtl.atomic.tempfile.mkstemp"]
)
def test_where_nothing_can_be_written_features_stay_in_memory(tmp_path, monkeypatch, caplog, step):
    file = FeatureFile(tmp_path / "x/f.jsonl")
    monkeypatch.setattr(step, refused)
    assert file.read_or_make(lambda: (UNITS, COUNTED), indices=[1, 0]) == ([UNITS[1], UNITS[0]], COUNTED)
    assert f"features are not kept: {tmp_path / 'x'}: Permission denied" in caplog.text


def test_features_that_are_there_need_no_lock_and_no_right_to_write(tmp_path, monkeypatch):
    file = FeatureFile(tmp_path / "f.jsonl")
    file.write(UNITS, COUNTED)
    for step in ("pathlib.Path.mkdir", "pathlib.Path.touch", "filelock.FileLock.acquire"):
        monkeypatch.setattr(step, refused)
    assert file.read_or_make(lambda: pytest.fail("they are there"), indices=range(5)) == (UNITS, COUNTED)
    assert [path.name for path in tmp_path.iterdir()] == ["f.jsonl"]


def test_a_file_that_cannot_be_read_for_now_is_left_alone(tmp_path, monkeypatch, caplog):
    file = FeatureFile(tmp_path / "f.jsonl")
    file.write(UNITS, COUNTED)
    content = file.path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.open", refused)
        assert file.read_or_make(lambda: (UNITS[:2], []), indices=[0]) == (UNITS[:1], [])
    assert "f.jsonl cannot be read (Permission denied); its text is encoded again" in caplog.text
    assert file.path.read_bytes() == content
