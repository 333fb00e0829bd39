import itertools

import pytest
import torch

from xtl.tasks.tagging.decode import best_tags, gold_tags, join_pieces
from xtl.types import IGNORE

TAGS = ("DET", "NOUN", "VERB")
LABELS_BS = torch.tensor([[IGNORE, 0, IGNORE, 2, IGNORE], [IGNORE, 1, IGNORE, IGNORE, IGNORE]])


def piece(first_word, *tags, id_="a"):
    return {"id": id_, "first_word": first_word, "tags": tags}


def test_best_tag_is_read_on_first_sub_words_alone():
    scores_BST = torch.zeros(2, 5, 3)
    scores_BST[:, :, 0] = 9.0  # DET wherever nothing else is said: on no first sub-word below
    scores_BST[0, 1] = torch.tensor([-1.0, 3.0, 2.0])
    scores_BST[0, 3] = torch.tensor([-5.0, -4.0, -3.0])
    scores_BST[1, 1] = torch.tensor([0.0, 0.5, 1.0])
    assert best_tags(scores_BST, LABELS_BS, TAGS) == [["NOUN", "VERB"], ["VERB"]]


def test_of_equal_scores_the_first_tag_wins():
    assert best_tags(torch.zeros(2, 5, 3), LABELS_BS, TAGS) == [["DET", "DET"], ["DET"]]


def test_gold_tags_are_the_targets():
    assert gold_tags(LABELS_BS, TAGS) == [["DET", "VERB"], ["NOUN"]]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_pieces_join_in_any_order(order):
    pieces = [piece(0, "DET", "NOUN"), piece(2, "VERB"), piece(3, "DET", "NOUN")]
    assert join_pieces(pieces[at] for at in order) == {"a": ["DET", "NOUN", "VERB", "DET", "NOUN"]}


def test_sentences_come_in_order_of_first_arrival_and_do_not_mix():
    pieces = [piece(1, "VERB", id_="b"), piece(0, "DET"), piece(0, "NOUN", id_="b")]
    joined = join_pieces(pieces)
    assert list(joined.items()) == [("b", ["NOUN", "VERB"]), ("a", ["DET"])]


@pytest.mark.parametrize(
    ("pieces", "expected", "got"),
    [
        ([piece(1, "DET")], 0, 1),  # the first is missing
        ([piece(0, "DET"), piece(2, "VERB")], 1, 2),  # one in the middle is missing
        ([piece(0, "DET", "NOUN"), piece(1, "VERB")], 2, 1),  # they overlap
        ([piece(0, "DET"), piece(0, "DET")], 1, 0),  # one came twice
    ],
)
def test_missing_and_overlapping_pieces_are_refused(pieces, expected, got):
    with pytest.raises(
        ValueError, match=f"a: expected a piece that begins at word {expected}, got one at word {got}"
    ):
        join_pieces(pieces)
