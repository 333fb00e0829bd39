"""Tokenizers that were exported, loaded by transformers' own choice of class."""

from transformers import AutoTokenizer, XLMRobertaConfig, XLMRobertaTokenizer

from xtl.export.tokenizer_files import save_tokenizer
from xtl.models.tokenizer import prepare_tokenizer

PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁", *"abcsk/<>m", "\u1ebf", "\u00e9", "<mask>")
DECOMPOSED = "ae\u0302\u0301 b e\u0301"
SPELLING_TOKENS = "a <s> <mask>b"


def loaded(folder, **options):
    """An exported tokenizer of the class that XLM-R on the hub has."""
    tokenizer = prepare_tokenizer(XLMRobertaTokenizer(vocab=[(piece, -1.0) for piece in PIECES]))
    XLMRobertaConfig(vocab_size=len(PIECES)).save_pretrained(folder)  # which says whose class it would be
    save_tokenizer(tokenizer, folder, max_len=77, **options)
    return tokenizer, AutoTokenizer.from_pretrained(folder)


def test_a_class_of_one_model_does_not_undo_the_preparation(tmp_path):
    tokenizer, again = loaded(tmp_path, reads_special_tokens=False)
    texts = [DECOMPOSED, SPELLING_TOKENS]
    assert again(texts)["input_ids"] == tokenizer(texts)["input_ids"]
    assert again(DECOMPOSED)["input_ids"] == [
        0,
        *map(PIECES.index, ("▁", "a", "\u1ebf", "▁", "b", "▁", "\u00e9")),
        2,
    ]
    assert not {0, PIECES.index("<mask>")} & set(again(SPELLING_TOKENS)["input_ids"][1:-1])
    assert again.model_max_length == 77
    assert again.is_fast


def test_raw_text_may_have_masks(tmp_path):
    _, again = loaded(tmp_path, reads_special_tokens=True)
    assert again("a <mask> b")["input_ids"] == [0, *map(PIECES.index, ("▁", "a", "<mask>", "▁", "b")), 2]


def test_no_token_types_are_given(tmp_path):
    _, again = loaded(tmp_path, reads_special_tokens=False)
    assert list(again("a", "b")) == ["input_ids", "attention_mask"]


def test_texts_are_padded_on_the_right_whatever_the_encoder_had(tmp_path):
    tokenizer = prepare_tokenizer(XLMRobertaTokenizer(vocab=[(piece, -1.0) for piece in PIECES]))
    tokenizer.padding_side = "left"
    save_tokenizer(tokenizer, tmp_path, max_len=77, reads_special_tokens=False)
    again = AutoTokenizer.from_pretrained(tmp_path)
    assert again(["a b a", "a"], padding=True)["attention_mask"] == [[1] * 8, [1, 1, 1, 1, 0, 0, 0, 0]]
