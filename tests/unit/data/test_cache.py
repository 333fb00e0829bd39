"""Features on disk: the same as those that were encoded, made once, and never half of them."""

import json

import pytest
import torch

from tests.integration.test_families import TRAINED, parts
from xtl.data import cached
from xtl.data.cache import read_features, write_features
from xtl.types import ChoiceRow, SentenceRow

COUNTED = [("cut to max_len=8 sub-words", "de:t/train/3")]


def plain(value):
    """Tuples as the lists that JSON has; rows stay rows."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, ChoiceRow | SentenceRow):
        return type(value)(*(plain(one) for one in value))
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


@pytest.mark.parametrize("task", TRAINED)
def test_what_comes_back_is_what_went_in_and_makes_the_same_batch(task, tmp_path):
    family, pretrained, _, features, module = parts(task)
    write_features(tmp_path / "f.jsonl", features, COUNTED)
    found = read_features(tmp_path / "f.jsonl")
    assert found is not None
    assert found[1] == COUNTED
    assert [plain(one) for one in found[0]] == [plain(one) for one in features]
    collate = family.collator(pretrained.tokenizer.pad_token_id)
    module.eval()
    with torch.inference_mode():
        again, before = (module.predict_step(collate(one)) for one in (found[0], features))
    assert str(again) == str(before)


def test_features_are_made_once(tmp_path):
    made = []

    def make():
        made.append(1)
        return [{"uid": "a", "input_ids": [1]}], COUNTED

    first, second = (cached(tmp_path / "x" / "f.jsonl", make) for _ in range(2))
    assert first == second == ([{"uid": "a", "input_ids": [1]}], COUNTED)
    assert len(made) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-20],
        lambda text: text.rsplit("\n", 2)[0] + "\n",
        lambda text: "",
        lambda text: "{}\n",
        lambda text: text.replace('"format": 1', '"format": 0'),
        lambda text: "garbage",
    ],
)
def test_a_file_that_is_not_whole_is_made_again(tmp_path, spoil):
    path = tmp_path / "f.jsonl"
    features = [{"uid": str(at), "input_ids": [at]} for at in range(5)]
    write_features(path, features, COUNTED)
    path.write_text(spoil(path.read_text()))
    assert read_features(path) is None
    assert cached(path, lambda: (features, COUNTED))[0] == features
    assert read_features(path) == (features, COUNTED)
    assert json.loads(path.read_text().splitlines()[0])["count"] == 5
