"""How much the tags of pocket_pos agree with the true ones."""

from collections import Counter

import pytest

from xtl import pocket
from xtl.errors import ConfigError
from xtl.pocket.tasks.agreement import TAGS

SIZE = 200


def rows(lang="de", **settings):
    return pocket.examples("pocket_pos", lang, split="train", size=SIZE, **settings)


def pairs(lang, agreement):
    """True and given tag of every word."""
    true, given = rows(lang), rows(lang, agreement=agreement)
    assert [(row.uid, row.lang, row.words) for row in given] == [
        (row.uid, row.lang, row.words) for row in true
    ]
    return [pair for a, b in zip(true, given, strict=True) for pair in zip(a.tags, b.tags, strict=True)]


def test_full_agreement_is_the_benchmark_itself():
    assert rows(agreement=1.0) == rows(agreement=1) == rows()


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.9])
def test_a_share_of_the_words_keeps_its_tag(share):
    tags = pairs("de", share)
    kept = sum(true == given for true, given in tags) / len(tags)
    assert kept == pytest.approx(share + (1 - share) / len(TAGS), abs=0.03)


def test_without_agreement_tags_say_nothing():
    """Any tag is as likely as any other, whatever the true one."""
    tags = pairs("de", 0.0)
    nouns = Counter(given for true, given in tags if true == "NOUN")
    assert set(nouns) == set(TAGS)
    assert max(nouns.values()) < 2 * nouns.total() / len(TAGS)


@pytest.mark.parametrize(("lang", "places"), [("en", 0), ("de", 1), ("es", 2), ("sw", 9)])
def test_below_0_languages_contradict_each_other_in_order(lang, places):
    """Each true tag becomes one other tag, in every language another one; English is as it was."""
    given_of = dict(pairs(lang, -1.0))
    assert all(given_of[true] == given for true, given in pairs(lang, -1.0))
    assert given_of["NOUN"] == TAGS[(TAGS.index("NOUN") + places) % len(TAGS)]
    assert len(set(given_of.values())) == len(given_of)


def test_a_share_contradicts_and_the_rest_says_nothing():
    tags = pairs("de", -0.5)
    moved = sum(TAGS[(TAGS.index(true) + 1) % len(TAGS)] == given for true, given in tags) / len(tags)
    assert moved == pytest.approx(0.5 + 0.5 / len(TAGS), abs=0.03)


def test_sizes_are_nested_and_seeds_differ():
    assert rows(agreement=0.5)[:20] == pocket.examples(
        "pocket_pos", "de", split="train", size=20, agreement=0.5
    )
    assert [row.tags for row in rows(agreement=0.5, seed=1)] != [row.tags for row in rows(agreement=0.5)]


WRONG = [
    ("pocket_ner", 0.5),
    ("pocket_nli", 0),
    ("pocket_pos", 1.1),
    ("pocket_pos", -2),
    ("pocket_pos", float("nan")),
]


@pytest.mark.parametrize(("task", "agreement"), WRONG)
def test_what_cannot_be_is_refused(task, agreement):
    with pytest.raises(ConfigError, match=f"{task}: expected an agreement from -1 to 1"):
        pocket.examples(task, "de", split="test", size=1, agreement=agreement)
