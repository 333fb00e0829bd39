import torch

from xtl.data.collate import pad
from xtl.tasks.tagging.collate import TaggingCollator
from xtl.types import IGNORE

FEATURES = [
    {"id": "a", "first_word": 0, "input_ids": [0, 7, 8, 2], "labels": [IGNORE, 4, IGNORE, IGNORE]},
    {"id": "b", "first_word": 5, "input_ids": [0, 9, 2], "labels": [IGNORE, 6, IGNORE]},
]


def test_pad_fills_up_at_the_end():
    padded = pad([[5], [6, 7, 8], []], 1)
    assert padded.tolist() == [[5, 1, 1], [6, 7, 8], [1, 1, 1]]
    assert padded.dtype == torch.int64


def test_a_batch_is_padded_masked_and_keeps_its_order():
    batch = TaggingCollator(pad_id=1)(FEATURES)
    assert batch["input_ids"].tolist() == [[0, 7, 8, 2], [0, 9, 2, 1]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 1], [1, 1, 1, 0]]
    assert batch["labels"].tolist() == [[IGNORE, 4, IGNORE, IGNORE], [IGNORE, 6, IGNORE, IGNORE]]
    assert (batch["ids"], batch["first_word"]) == (["a", "b"], [0, 5])


def test_the_number_of_tokens_leaves_padding_out():
    assert TaggingCollator(pad_id=1)(FEATURES)["num_tokens"] == 7


def test_the_longest_of_the_batch_decides_not_of_the_data_set():
    assert TaggingCollator(pad_id=1)(FEATURES[1:])["input_ids"].shape == (1, 3)


def test_the_pad_id_is_the_tokenizers():
    assert TaggingCollator(pad_id=77)(FEATURES)["input_ids"][1, 3] == 77


def test_features_are_left_as_they_were():
    TaggingCollator(pad_id=1)(FEATURES)
    assert FEATURES[1]["input_ids"] == [0, 9, 2]
