"""Tokenizers without a first and a last token, as BERT's are: [CLS] and [SEP] stand in for them."""

import string

import pytest
from transformers import BertTokenizerFast

from tests.helpers.tasks import TASK_OF_TYPE, built_task, features_of
from xtl.data.stored import Layout, open_rows, write_rows
from xtl.errors import BackboneError
from xtl.models.tiny_encoder import tiny_tokenizer
from xtl.models.tokenizer import special_id


@pytest.fixture(scope="module")
def tokenizer():
    chars = sorted({*string.ascii_letters, *string.digits, *string.punctuation})
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *chars, *(f"##{char}" for char in chars)]
    return BertTokenizerFast(vocab={piece: index for index, piece in enumerate(pieces)}, do_lower_case=False)


@pytest.mark.parametrize("task_type", sorted(TASK_OF_TYPE.keys() - {"mixture"}))
def test_features_of_every_type_have_its_tokens_and_come_back_from_a_file(task_type, tokenizer, tmp_path):
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id) == (None, None)
    task = built_task(task_type)
    features = features_of(task, tokenizer)
    for feature in features:
        ids = feature["input_ids"]
        assert all(type(id_) is int for id_ in ids)
        assert ids[0] == tokenizer.cls_token_id
        assert tokenizer.sep_token_id in ids
    layout = Layout.of(task.feature_type)
    write_rows(tmp_path / "rows.arrow", layout, [features], info=dict)
    assert list(open_rows(tmp_path / "rows.arrow", layout)) == features


@pytest.mark.parametrize("task_type", ["tagging", "masked_lm"])
def test_a_tokenizer_without_any_of_them_is_refused(task_type, tokenizer):
    other = BertTokenizerFast(vocab=tokenizer.get_vocab(), do_lower_case=False)
    other.sep_token = None
    with pytest.raises(BackboneError, match="expected a tokenizer with a special token as eos or sep_token"):
        features_of(built_task(task_type), other)


def test_a_token_of_the_first_role_is_taken_where_there_is_one():
    tokenizer = tiny_tokenizer()
    assert special_id(tokenizer, "bos", "cls") == tokenizer.bos_token_id == 0
    tokenizer.bos_token = tokenizer.mask_token
    assert special_id(tokenizer, "bos", "cls") == tokenizer.mask_token_id
