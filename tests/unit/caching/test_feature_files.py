"""Features on disk: the same as those that were encoded, made once, and never half of them."""

import errno
from dataclasses import dataclass, field

import pyarrow as pa
import pytest
import torch

from tests.helpers.tasks import TRAINED, parts, plain
from xtl.caching.feature_files import FORMAT, FeatureFile
from xtl.types import ExampleId

COUNTED = [("cut to max_len=8 sub-words", "de:t/train/3")]
UNITS = [
    [{"id": ExampleId("de", str(at)), "input_ids": [at, piece]} for piece in range(count)]
    for at, count in enumerate([1, 3, 1, 0, 2])
]


@dataclass
class Made:
    """Encoding that gives what it is told to, a few examples at a time."""

    of_examples: list = field(default_factory=lambda: UNITS)
    counted: list = field(default_factory=lambda: COUNTED)
    calls: int = 0

    def chunks(self):
        self.calls += 1
        for start in range(0, len(self.of_examples), 2):
            yield self.of_examples[start : start + 2]


def flat(of_examples):
    return [feature for features in of_examples for feature in features]


@pytest.mark.parametrize("name", TRAINED)
def test_what_comes_back_is_what_went_in_and_makes_the_same_batch(name, tmp_path):
    task, pretrained, _, features, module = parts(name)
    file = FeatureFile(tmp_path / "f.arrow", task.feature_layout)
    file.write(Made([[feature] for feature in features]))
    stored, counted = file.read(indices=None)
    assert counted == COUNTED
    assert plain(stored) == plain(features)
    assert [stored[index] for index in range(len(stored))] == list(stored)
    collate = task.collator(pretrained.tokenizer.pad_token_id)
    module.eval()
    with torch.inference_mode():
        again, before = (module.predict_step(collate(some)) for some in (list(stored), features))
    assert str(again) == str(before)


def test_features_are_made_once(tmp_path):
    made, file = Made(), FeatureFile(tmp_path / "x" / "f.arrow")
    first, second = (file.read_or_make(made, indices=range(5)) for _ in range(2))
    assert list(first[0]) == list(second[0]) == flat(UNITS)
    assert first[1] == second[1] == COUNTED
    assert made.calls == 1


@pytest.mark.parametrize("indices", [[3], [4, 0, 2], [], [1, 1], [0, 2, 4]])
def test_what_is_chosen_comes_in_the_order_of_the_choice_made_or_read(tmp_path, indices):
    file = FeatureFile(tmp_path / "f.arrow")
    made, read = (file.read_or_make(Made(), indices=indices)[0] for _ in range(2))
    assert list(made) == list(read) == flat([UNITS[index] for index in indices])
    assert file.read(indices=[5]) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-20],
        lambda content: content[:-1],
        lambda content: content[:100],
        lambda content: b"",
        lambda content: b"{}\n",
        lambda content: content.replace(b'"examples": 5', b'"examples": 6'),
        lambda content: content.replace(b'"format": %d' % FORMAT, b'"format": 1'),
        lambda content: content.replace(b'"counted"', b'"counter"'),
        lambda content: b"garbage",
    ],
)
def test_a_file_that_is_not_whole_is_made_again(tmp_path, spoil):
    file = FeatureFile(tmp_path / "f.arrow")
    file.write(Made())
    before = file.path.read_bytes()
    assert spoil(before) != before
    file.path.write_bytes(spoil(before))
    assert file.read(indices=[0]) is None
    made = Made()
    assert list(file.read_or_make(made, indices=range(5))[0]) == flat(UNITS)
    assert made.calls == 1
    assert file.path.read_bytes() == before


def test_a_file_of_other_columns_is_made_again(tmp_path):
    task, *_ = parts("pocket_pos")
    FeatureFile(tmp_path / "f.arrow").write(Made())
    assert FeatureFile(tmp_path / "f.arrow", task.feature_layout).read(indices=[0]) is None


def test_an_encoding_that_breaks_leaves_no_file(tmp_path):
    class Breaks(Made):
        def chunks(self):
            yield UNITS[:2]
            raise pa.ArrowInvalid("in the middle")

    with pytest.raises(pa.ArrowInvalid, match="in the middle"):
        FeatureFile(tmp_path / "f.arrow").read_or_make(Breaks(), indices=[0])
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock"] == []


def refused(*_, **__):
    raise PermissionError(errno.EACCES, "Permission denied")


def test_where_there_are_no_locks_features_are_kept_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr("filelock.FileLock.acquire", refused)
    made = Made()
    for _ in range(2):
        features, counted = FeatureFile(tmp_path / "x/f.arrow").read_or_make(made, indices=[1, 0])
        assert (list(features), counted) == (flat([UNITS[1], UNITS[0]]), COUNTED)
    assert made.calls == 1


@pytest.mark.parametrize("step", ["pathlib.Path.mkdir", "xtl.atomic.tempfile.mkstemp"])
def test_where_nothing_can_be_written_features_stay_in_memory(tmp_path, monkeypatch, caplog, step):
    file = FeatureFile(tmp_path / "x/f.arrow")
    monkeypatch.setattr(step, refused)
    features, counted = file.read_or_make(Made(), indices=[1, 0])
    assert (list(features), counted) == (flat([UNITS[1], UNITS[0]]), COUNTED)
    assert f"features are not kept: {tmp_path / 'x'}: Permission denied" in caplog.text


def test_features_that_are_there_need_no_lock_and_no_right_to_write(tmp_path, monkeypatch):
    file = FeatureFile(tmp_path / "f.arrow")
    file.write(Made())
    for step in ("pathlib.Path.mkdir", "pathlib.Path.touch", "filelock.FileLock.acquire"):
        monkeypatch.setattr(step, refused)
    made = Made()
    assert list(file.read_or_make(made, indices=range(5))[0]) == flat(UNITS)
    assert made.calls == 0
    assert [path.name for path in tmp_path.iterdir()] == ["f.arrow"]


def test_a_file_that_cannot_be_read_for_now_is_left_alone(tmp_path, monkeypatch, caplog):
    file = FeatureFile(tmp_path / "f.arrow")
    file.write(Made())
    content = file.path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.open", refused)
        features, counted = file.read_or_make(Made(UNITS[:2], []), indices=[0])
        assert (list(features), counted) == (flat(UNITS[:1]), [])
    assert "f.arrow cannot be read (Permission denied); its text is encoded again" in caplog.text
    assert file.path.read_bytes() == content
