"""Text read as it stands: composed letters, words that spell special tokens, offsets of the text given."""

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import ByteLevelBPETokenizer, Tokenizer, models, normalizers, pre_tokenizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from xtl.models.tiny_encoder import tiny_tokenizer
from xtl.models.tokenizer import begin_like_words, encode_texts, prepare_tokenizer, word_prefix

NAMES = ("<s>", "</s>", "<unk>", "<pad>", "<mask>")
# Yoruba and Vietnamese; the first has letters with two marks, of which only one can be composed.
SENTENCES = ("Ọlọ́run ń kọ́ ẹ̀kọ́ rẹ́", "Bà Mai ăn phở ở Mỹ, buổi tối")


@pytest.fixture(scope="module")
def charsmap():
    """Normalisation table of XLM-R, ``nmt_nfkc``, as SentencePiece has it."""
    sentencepiece = pytest.importorskip("sentencepiece")
    pb = pytest.importorskip("sentencepiece.sentencepiece_model_pb2")
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a b c d e f g h"] * 10),
        model_writer=written,
        vocab_size=20,
        hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
    )
    model = pb.ModelProto()
    model.ParseFromString(written.getvalue())
    return model.normalizer_spec.precompiled_charsmap


def unigram(normalizer, *, prepared=True):
    """Tokenizer of single characters, with the marks of the sentences and the special tokens of XLM-R."""
    composed = {char for text in SENTENCES for char in unicodedata.normalize("NFC", text)}
    pieces = [(name, 0.0) for name in NAMES] + [("▁", -2.0), ("<", -3.0), (">", -3.0), ("/", -3.0)]
    pieces += [(char, -5.0) for char in sorted(composed | set("abcdefghijklmnopqrstuvwxyz")) if char != " "]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=2))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    roles = ("bos_token", "eos_token", "unk_token", "pad_token", "mask_token")
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **dict(zip(roles, NAMES, strict=True)))
    return prepare_tokenizer(fast) if prepared else fast


def read(tokenizer, text, **options):
    return tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, **options)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_tone_marks_of_decomposed_text_are_read(charsmap, sentence):
    before, after = (
        unigram(normalizers.Precompiled(charsmap), prepared=prepared) for prepared in (False, True)
    )
    composed, decomposed = (unicodedata.normalize(form, sentence) for form in ("NFC", "NFD"))
    expected = read(before, composed)["input_ids"]
    assert read(before, decomposed)["input_ids"] != expected  # what this is for
    assert read(after, composed)["input_ids"] == expected
    assert read(after, decomposed)["input_ids"] == expected
    words = decomposed.split()
    split = after(words, is_split_into_words=True, add_special_tokens=False)
    assert sorted(set(split.word_ids())) == list(range(len(words)))


@pytest.mark.parametrize("normalizer", [None, normalizers.NFC(), normalizers.Sequence([normalizers.NFKC()])])
def test_every_form_of_a_text_gives_the_same_tokens(normalizer):
    tokenizer = unigram(normalizer)
    for sentence in SENTENCES:
        forms = {unicodedata.normalize(form, sentence) for form in ("NFC", "NFD")}
        assert len({tuple(read(tokenizer, form)["input_ids"]) for form in forms}) == 1


@given(st.lists(st.sampled_from([*NAMES, "Haus", "<", "s>", "a", " ", "\uff1cs\uff1e"]), max_size=8))
def test_no_text_makes_a_special_token(parts):
    tokenizer, text = tiny_tokenizer(), "".join(parts)
    encoded = read(tokenizer, text)
    assert not set(encoded["input_ids"]) & set(tokenizer.all_special_ids)
    covered = {index for start, end in encoded["offset_mapping"] for index in range(start, end)}
    assert covered >= {index for index, char in enumerate(text) if not char.isspace()}
    words = [part for part in parts if part.strip()]
    each = tokenizer(words, add_special_tokens=False)["input_ids"] if words else []
    assert all(each)
    assert not {id_ for ids in each for id_ in ids} & set(tokenizer.all_special_ids)


def test_special_tokens_are_still_put_around_a_text_and_read_on_request():
    tokenizer = tiny_tokenizer()
    assert tokenizer("a <s>", "b")["input_ids"].count(tokenizer.bos_token_id) == 1
    ids = tokenizer("a <mask>", add_special_tokens=False, split_special_tokens=False)["input_ids"]
    assert ids[-1] == tokenizer.mask_token_id


TEXTS = st.lists(
    st.tuples(
        *[st.lists(st.sampled_from([*NAMES, *SENTENCES, "Haus", "", " ", "\U0001f600"]), max_size=5)] * 2
    ),
    min_size=1,
    max_size=5,
)


@given(
    TEXTS, st.none() | st.integers(8, 20), st.booleans(), st.booleans(), st.sampled_from(["left", "right"])
)
def test_texts_are_encoded_as_a_call_of_the_tokenizer_does(texts, max_len, is_pair, special_tokens, side):
    tokenizer = tiny_tokenizer()
    tokenizer.truncation_side = side
    texts, pairs = ([" ".join(text[number]) for text in texts] for number in (0, 1))
    pairs = pairs if is_pair else None
    settings = {"truncation": "longest_first", "max_length": max_len} if max_len else {}
    tokenizer(["a", "b c"], padding=True, truncation=True, max_length=2)  # leaves settings behind
    encodings = encode_texts(tokenizer, texts, pairs, max_len=max_len, special_tokens=special_tokens)
    called = tokenizer(
        texts, pairs, add_special_tokens=special_tokens, return_special_tokens_mask=True, **settings
    )
    assert [encoding.ids for encoding in encodings] == called["input_ids"]
    assert [encoding.special_tokens_mask for encoding in encodings] == called["special_tokens_mask"]
    is_cut = [bool(encoding.overflowing) for encoding in called.encodings]
    assert [bool(encoding.overflowing) for encoding in encodings] == is_cut
    assert encode_texts(tokenizer, []) == []


def test_saved_and_prepared_again_it_is_the_same(tmp_path):
    tokenizer = unigram(None)
    tokenizer.save_pretrained(tmp_path)
    again = prepare_tokenizer(AutoTokenizer.from_pretrained(tmp_path))
    assert again.backend_tokenizer.normalizer.__getstate__() == (
        tokenizer.backend_tokenizer.normalizer.__getstate__()
    )
    text = unicodedata.normalize("NFD", f"{SENTENCES[0]} <mask> </s>")
    assert dict(read(again, text)) == dict(read(tokenizer, text))
    # Another program that loads it may ask for its special tokens.
    assert tokenizer.mask_token_id in AutoTokenizer.from_pretrained(tmp_path)("a <mask>")["input_ids"]


def bytewise(folder, **steps):
    """Tokenizer of bytes, as RoBERTa has it, trained on a few sentences."""
    trained = ByteLevelBPETokenizer(**steps)
    text = ["Der Hund schläft im Haus . Im Haus schläft der Hund ."] * 20
    trained.train_from_iterator(text, vocab_size=330, special_tokens=list(NAMES), show_progress=False)
    roles = ("bos_token", "eos_token", "unk_token", "pad_token", "mask_token")
    fast = PreTrainedTokenizerFast(
        tokenizer_object=trained._tokenizer, **dict(zip(roles, NAMES, strict=True))
    )
    fast.save_pretrained(folder)
    return prepare_tokenizer(AutoTokenizer.from_pretrained(folder))


def test_words_of_a_tokenizer_of_bytes_begin_with_a_space(tmp_path):
    tokenizer = bytewise(tmp_path)
    assert word_prefix(tokenizer) == " "
    words = ["Haus", "schläft", "."]
    ids = [
        id_ for word in words for id_ in encode_texts(tokenizer, [f" {word}"], special_tokens=False)[0].ids
    ]
    assert tokenizer.convert_ids_to_tokens(ids) == ["ĠHaus", "ĠschlÃ¤ft", "Ġ."]
    begin_like_words(tokenizer)
    assert word_prefix(tokenizer) == ""  # they do so now
    assert tokenizer(" ".join(words), add_special_tokens=False)["input_ids"] == ids
    assert tokenizer(words, is_split_into_words=True, add_special_tokens=False)["input_ids"] == ids


def test_words_of_other_tokenizers_begin_as_they_are(tmp_path):
    for tokenizer in (tiny_tokenizer(), unigram(None), bytewise(tmp_path, add_prefix_space=True)):
        before = tokenizer.backend_tokenizer.to_str()
        assert word_prefix(tokenizer) == ""
        begin_like_words(tokenizer)
        assert tokenizer.backend_tokenizer.to_str() == before
