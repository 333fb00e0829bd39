import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.factories import SPECIAL, example
from xtl.tasks.tagging.decode import join_pieces
from xtl.tasks.tagging.encode import RESERVED_POSITIONS, encode_tagging, first_subword_targets, split_words
from xtl.types import IGNORE

COUNTS = st.lists(st.integers(0, 12), min_size=1, max_size=60)
MAX_LEN = st.integers(RESERVED_POSITIONS + 1, 14)
TAGS = [f"T{at}" for at in range(7)]
LABEL_IDS = {tag: at for at, tag in enumerate(TAGS)}


def encoded(counts, max_len):
    """A sentence whose word k has counts[k] sub-words with ids 100, 101, ... and tag T(k mod 7)."""
    words = [f"w{at}" for at in range(len(counts))]
    sentence = example(words, [TAGS[at % 7] for at in range(len(counts))])
    ids, at = [], 100
    for count in counts:
        ids.append(list(range(at, at + count)))
        at += count
    pieces = list(encode_tagging(sentence, ids, label_ids=LABEL_IDS, special=SPECIAL, max_len=max_len))
    return sentence, ids, pieces


@given(COUNTS, MAX_LEN)
def test_pieces_cover_the_sentence_without_gap_or_overlap(counts, max_len):
    pieces = split_words(counts, max_len=max_len)
    assert [word for first, end in pieces for word in range(first, end)] == list(range(len(counts)))
    assert all(first < end for first, end in pieces)


@given(COUNTS, MAX_LEN)
def test_a_piece_is_as_long_as_fits_and_no_longer(counts, max_len):
    limit = max_len - RESERVED_POSITIONS
    places = [count if 1 <= count <= limit else 1 for count in counts]
    pieces = split_words(counts, max_len=max_len)
    for first, end in pieces:
        assert sum(places[first:end]) <= limit
    for first, end in pieces[:-1]:
        assert sum(places[first : end + 1]) > limit  # greedy: the next word would not have fitted


@given(COUNTS, MAX_LEN)
def test_no_input_is_longer_than_max_len(counts, max_len):
    for piece in encoded(counts, max_len)[2]:
        assert len(piece["input_ids"]) == len(piece["labels"]) <= max_len
        assert (piece["input_ids"][0], piece["input_ids"][-1]) == (0, 2)


@given(COUNTS, MAX_LEN)
def test_every_word_has_exactly_one_target_and_joining_restores_the_sentence(counts, max_len):
    sentence, _, pieces = encoded(counts, max_len)
    tags = [
        {
            "id": piece["id"],
            "first_word": piece["first_word"],
            "tags": [TAGS[label] for label in piece["labels"] if label != IGNORE],
        }
        for piece in pieces
    ]
    assert join_pieces(reversed(tags)) == {sentence.id: list(sentence.tags)}


@given(COUNTS, MAX_LEN)
def test_sub_words_stand_in_order_and_odd_words_are_unknown(counts, max_len):
    _, ids, pieces = encoded(counts, max_len)
    limit = max_len - RESERVED_POSITIONS
    wanted = [id_ for word in ids for id_ in (word if 1 <= len(word) <= limit else [SPECIAL.unknown])]
    assert [id_ for piece in pieces for id_ in piece["input_ids"][1:-1]] == wanted


def test_targets_stand_on_first_sub_words():
    _, _, (piece,) = encoded([2, 1, 3], 16)
    assert piece["input_ids"] == [0, 100, 101, 102, 103, 104, 105, 2]
    assert piece["labels"] == [IGNORE, 0, IGNORE, 1, 2, IGNORE, IGNORE, IGNORE]
    assert (piece["id"], piece["first_word"]) == (("en", "udpos/test/0"), 0)


def test_a_word_without_sub_words_is_the_unknown_token():
    _, _, (piece,) = encoded([1, 0, 1], 16)
    assert piece["input_ids"] == [0, 100, 3, 101, 2]
    assert piece["labels"] == [IGNORE, 0, 1, 2, IGNORE]


def test_a_sentence_of_one_word_without_sub_words_is_kept():
    _, _, pieces = encoded([0], 16)
    assert [piece["input_ids"] for piece in pieces] == [[0, 3, 2]]
    assert [piece["labels"] for piece in pieces] == [[IGNORE, 0, IGNORE]]


def test_a_word_of_5000_characters_is_the_unknown_token():
    _, _, pieces = encoded([1, 5000, 1], 128)
    assert [piece["input_ids"] for piece in pieces] == [[0, 100, 3, 5101, 2]]


def test_a_sentence_of_3000_words():
    _, _, pieces = encoded([2] * 3000, 128)
    # 125 places hold 62 words of 2; 3000 = 48 x 62 + 24.
    assert [len(piece["input_ids"]) for piece in pieces] == [2 + 124] * 48 + [2 + 48]
    assert [piece["first_word"] for piece in pieces] == list(range(0, 3000, 62))


def test_the_limit_itself_fits():
    # max_len 8 leaves 5 places: a word of 5 stays, a word of 6 is unknown.
    assert [len(piece["input_ids"]) for piece in encoded([5], 8)[2]] == [7]
    assert [piece["input_ids"] for piece in encoded([6], 8)[2]] == [[0, 3, 2]]


@pytest.mark.parametrize("max_len", [3, 0, -1])
def test_max_len_without_room_is_refused(max_len):
    with pytest.raises(ValueError, match=f"max_len={max_len}: expected at least 4"):
        split_words([1], max_len=max_len)


def test_no_words_no_pieces():
    assert split_words([], max_len=8) == []


def test_targets_refuse_lengths_that_differ():
    with pytest.raises(ValueError, match="shorter"):
        first_subword_targets([1, 2], [1])
