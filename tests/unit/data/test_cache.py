"""Features on disk: the same as those that were encoded, made once, and never half of them."""

import json

import pytest
import torch

from tests.helpers.families import TRAINED, parts, plain
from xtl.caching.feature_files import cached, read_features, write_features

COUNTED = [("cut to max_len=8 sub-words", "de:t/train/3")]
UNITS = [
    [{"uid": str(at), "input_ids": [at, piece]} for piece in range(count)]
    for at, count in enumerate([1, 3, 1, 0, 2])
]


@pytest.mark.parametrize("task", TRAINED)
def test_what_comes_back_is_what_went_in_and_makes_the_same_batch(task, tmp_path):
    family, pretrained, _, features, module = parts(task)
    write_features(tmp_path / "f.jsonl", [features], COUNTED)
    found = read_features(tmp_path / "f.jsonl", chosen=[0])
    assert found is not None
    assert found[1] == COUNTED
    (again_features,) = found[0]
    assert [plain(one) for one in again_features] == [plain(one) for one in features]
    collate = family.collator(pretrained.tokenizer.pad_token_id)
    module.eval()
    with torch.inference_mode():
        again, before = (module.predict_step(collate(one)) for one in (again_features, features))
    assert str(again) == str(before)


def test_features_are_made_once(tmp_path):
    made = []

    def make():
        made.append(1)
        return UNITS, COUNTED

    first, second = (cached(tmp_path / "x" / "f.jsonl", make, chosen=range(5)) for _ in range(2))
    assert first == second == (UNITS, COUNTED)
    assert len(made) == 1


@pytest.mark.parametrize("chosen", [[3], [4, 0, 2], [], [1, 1]])
def test_what_is_chosen_comes_in_the_order_of_the_choice_made_or_read(tmp_path, chosen):
    made, read = (cached(tmp_path / "f.jsonl", lambda: (UNITS, COUNTED), chosen=chosen)[0] for _ in range(2))
    assert made == read == [UNITS[place] for place in chosen]
    assert read_features(tmp_path / "f.jsonl", chosen=[5]) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-20],
        lambda text: text[:-1],
        lambda text: text.rsplit("\n", 2)[0] + "\n",
        lambda text: text + text.rsplit("\n", 2)[1] + "\n",
        lambda text: "",
        lambda text: "{}\n",
        lambda text: text.replace('"format": 2', '"format": 1'),
        lambda text: "garbage",
    ],
)
def test_a_file_that_is_not_whole_is_made_again(tmp_path, spoil):
    path = tmp_path / "f.jsonl"
    write_features(path, UNITS, COUNTED)
    path.write_text(spoil(path.read_text()))
    assert read_features(path, chosen=[0]) is None
    assert cached(path, lambda: (UNITS, COUNTED), chosen=range(5))[0] == UNITS
    assert read_features(path, chosen=range(5)) == (UNITS, COUNTED)
    assert json.loads(path.read_text().splitlines()[0])["sizes"] == [1, 3, 1, 0, 2]
