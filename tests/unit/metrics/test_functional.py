"""The functions against slow references that share no code with them."""

from fractions import Fraction
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtl.metrics.functional import score_tags, span_f1, token_accuracy
from xtl.metrics.functional.tagging import lenient_spans, strict_spans

LABELS = "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X"
UPOS = LABELS.split()
IOB = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


def corpora(tags):
    """Pairs of predicted and right sentences, from few tags so that spans often agree."""
    sentence = st.lists(st.tuples(st.sampled_from(tags), st.sampled_from(tags)), max_size=9)
    return st.lists(sentence, min_size=1, max_size=5).map(
        lambda sentences: (
            [[pred for pred, _ in sentence] for sentence in sentences],
            [[gold for _, gold in sentence] for sentence in sentences],
        )
    )


def ranges(tags):
    return ((first, last) for first in range(len(tags)) for last in range(first, len(tags)))


def brute_lenient(tags):
    """All (type, first, last) of one type throughout, with I- inside, and no longer one around it."""
    kinds = [tag[2:] for tag in tags]
    return {
        (kinds[first], first, last)
        for first, last in ranges(tags)
        if "O" not in tags[first : last + 1]
        and set(kinds[first : last + 1]) == {kinds[first]}
        and all(tag[0] == "I" for tag in tags[first + 1 : last + 1])
        and (tags[first][0] == "B" or first == 0 or kinds[first - 1] != kinds[first])
        and (last + 1 == len(tags) or tags[last + 1] != f"I-{kinds[first]}")
    }


def brute_strict(tags):
    """All ranges that read B-X I-X* and after which no I-X stands."""
    return {
        (tags[first][2:], first, last)
        for first, last in ranges(tags)
        if tags[first][0] == "B"
        and tags[first + 1 : last + 1] == [f"I-{tags[first][2:]}"] * (last - first)
        and (last + 1 == len(tags) or tags[last + 1] != f"I-{tags[first][2:]}")
    }


def brute_runs(tags):
    """All runs of one bare tag that cannot grow; tags in S stand alone."""
    return {
        (tags[first], first, last)
        for first, last in ranges(tags)
        if (first == last if tags[first][0] == "S" else set(tags[first : last + 1]) == {tags[first]})
        and (tags[first][0] == "S" or first == 0 or tags[first - 1] != tags[first])
        and (tags[first][0] == "S" or last + 1 == len(tags) or tags[last + 1] != tags[first])
    }


def brute_scores(spans, preds, target):
    """Precision, recall and F1 = 2c / (p + g) as exact fractions."""
    found = {(at, *span) for at, tags in enumerate(preds) for span in spans(tags)}
    wanted = {(at, *span) for at, tags in enumerate(target) for span in spans(tags)}
    correct = len(found & wanted)
    return (
        Fraction(100 * correct, len(found) or 1),
        Fraction(100 * correct, len(wanted) or 1),
        Fraction(200 * correct, (len(found) + len(wanted)) or 1),
    )


def as_tuple(scores):
    return pytest.approx((scores.precision, scores.recall, scores.f1), abs=1e-9)


@given(corpora(IOB))
def test_lenient_entities_equal_brute_force(corpus):
    preds, target = corpus
    assert all(set(lenient_spans(tags)) == brute_lenient(tags) for tags in preds + target)
    assert tuple(map(float, brute_scores(brute_lenient, preds, target))) == as_tuple(span_f1(preds, target))


@given(corpora(IOB))
def test_strict_entities_equal_brute_force(corpus):
    preds, target = corpus
    assert all(set(strict_spans(tags)) == brute_strict(tags) for tags in preds + target)
    expected = tuple(map(float, brute_scores(brute_strict, preds, target)))
    assert expected == as_tuple(span_f1(preds, target, strict=True))


@given(st.one_of(corpora(UPOS), corpora(["NOUN", "SYM", "SCONJ", "X"])))
def test_parts_of_speech_equal_brute_force(corpus):
    preds, target = corpus
    assert all(set(lenient_spans(tags)) == brute_runs(tags) for tags in preds + target)
    assert tuple(map(float, brute_scores(brute_runs, preds, target))) == as_tuple(span_f1(preds, target))


@given(corpora(UPOS).filter(lambda corpus: any(corpus[1])))
def test_accuracy_equals_counting(corpus):
    preds, target = corpus
    flat_preds, flat_target = list(chain(*preds)), list(chain(*target))
    right = [at for at, tag in enumerate(flat_target) if flat_preds[at] == tag]
    assert token_accuracy(preds, target) == pytest.approx(float(Fraction(100 * len(right), len(flat_target))))


@pytest.mark.parametrize("tag", UPOS)
def test_each_part_of_speech_agrees_with_itself_alone(tag):
    for other in UPOS:
        score = span_f1([[other]], [[tag]]).f1
        assert score == (100.0 if other == tag else 0.0), other


def test_score_by_name():
    # 2 of 3 tags are right; one entity, and only the lenient reading finds it.
    preds, target = [["I-PER", "I-PER", "O"]], [["B-PER", "I-PER", "O"]]
    assert score_tags("accuracy", preds, target) == pytest.approx(200 / 3)
    assert score_tags("f1", preds, target) == 100.0
    assert score_tags("f1_strict", preds, target) == 0.0


def test_an_unknown_score_is_refused():
    with pytest.raises(ValueError, match="expected one of accuracy, f1, f1_strict, got 'f2'"):
        score_tags("f2", [], [])


@pytest.mark.parametrize("name", ["accuracy", "f1", "f1_strict"])
@pytest.mark.parametrize(
    ("preds", "target", "message"),
    [
        ([["O"]], [["O"], ["O"]], "same number of sentences, got 1 and 2"),
        (
            [["O"], ["O"]],
            [["O"], ["O", "O"]],
            "sentence 1: expected one predicted tag a word, got 1 for 2 words",
        ),
        ([["O"], ["O", "O"]], [["O"], ["O"]], "sentence 1: .* got 2 for 1 words"),
    ],
)
def test_lengths_that_differ_are_refused(name, preds, target, message):
    with pytest.raises(ValueError, match=message):
        score_tags(name, preds, target)


def test_accuracy_of_nothing_is_refused():
    with pytest.raises(ValueError, match="expected at least one word, got none"):
        token_accuracy([[]], [[]])
